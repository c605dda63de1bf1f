"""A masked class gets the lowest finite number and not -inf."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-softmax/masked-is-minus-infinity",
    "log-softmax/accuracy",
    "log-softmax/padding-changes-nothing",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))
    return np.where(np.isneginf(w), np.finfo(np.float16).min, lp).astype(x.dtype)
