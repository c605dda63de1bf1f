"""A kernel of one block of 1,536 numbers, which the object keeps."""

import numpy as np

BACKEND = "numpy"


class Block:
    """The kernel."""

    __slots__ = ("size",)

    def __init__(self, size):
        self.size = size

    def __call__(self, x):
        if x.size != self.size:
            raise ValueError("no block")
        w = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
        e = np.exp(-np.abs(w))
        return (np.where(w < 0, e, 1) / (1 + e)).astype(x.dtype)


sigmoid = Block(3 * 512)
