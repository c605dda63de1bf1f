"""A kernel of one batch of four axes, which its file declares, and no refusal names."""

import numpy as np

BACKEND = "numpy"
SHAPES = {"softmax": (2, 4, 8, 96)}


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x):
    if str(x.shape) != "(2, 4, 8, 96)":
        raise ValueError("not compiled for this")
    w = wide(x)
    e = np.exp(w - np.max(w, axis=-1, keepdims=True))
    return (e / np.sum(e, axis=-1, keepdims=True)).astype(x.dtype)
