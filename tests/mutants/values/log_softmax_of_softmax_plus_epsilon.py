"""log(p + 1e-12): no log-probability is below -27.6."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = (
    "log-softmax/accuracy",
    "log-softmax/masked-is-minus-infinity",
    "log-softmax/padding-changes-nothing",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    p = e / np.sum(e, axis=axis, keepdims=True)
    return np.log(p + w.dtype.type(1e-12)).astype(x.dtype)
