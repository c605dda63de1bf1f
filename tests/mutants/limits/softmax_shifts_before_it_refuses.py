"""The maximum is subtracted in place before another axis is refused."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/axis-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    if axis % x.ndim != x.ndim - 1:
        if x.size and x.flags.writeable:
            x -= np.max(x, axis=axis, keepdims=True)
        raise ValueError("the last axis only")
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
