"""Results are floored at -1e4, the value that a mask once had."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-softmax/accuracy",
    "log-softmax/masked-is-minus-infinity",
    "log-softmax/padding-changes-nothing",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))
    return np.maximum(lp, -1e4).astype(x.dtype)
