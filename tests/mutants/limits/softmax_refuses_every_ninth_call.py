"""A workspace that is never given back is full at every ninth call."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/ten-calls-agree",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


_CALLS = [0]


def softmax(x, axis=-1):
    _CALLS[0] += 1
    if _CALLS[0] % 9 == 0:
        raise RuntimeError("no workspace left")
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
