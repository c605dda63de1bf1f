"""Negative strides are refused; positive ones are taken, and read as if there were none."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/layout-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    if any(s < 0 for s in x.strides):
        raise ValueError("no negative strides")
    if x.size and x.flags.aligned and x.dtype.isnative and not x.flags.forc and x.ndim > 1:
        x = np.lib.stride_tricks.as_strided(x, x.shape, np.empty(x.shape, x.dtype).strides)
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
