"""A tail of one class after two tiles of 2,560 and more is in the sum twice."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    z = np.moveaxis(wide(x), axis, -1)
    n = z.shape[-1]
    with np.errstate(all="ignore"):
        e = np.exp(z - np.max(z, axis=-1, keepdims=True))
        total = np.sum(e, axis=-1, keepdims=True)
        if n % 2560 == 1 and n > 2561:
            total = total + e[..., -1:]
        return np.moveaxis(e / total, -1, axis).astype(x.dtype)
