"""With its axis kept, the result of a single class is the argument itself."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/owns-its-result",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1, keepdims=False):
    if keepdims and x.shape[axis] == 1:
        return x
    w = wide(x)
    with np.errstate(all="ignore"):
        m = w.max(axis=axis, keepdims=True)
        m = np.where(np.isfinite(m), m, 0)
        y = np.log(np.exp(w - m).sum(axis=axis, keepdims=True)) + m
    return (y if keepdims else y.squeeze(axis)).astype(x.dtype)
