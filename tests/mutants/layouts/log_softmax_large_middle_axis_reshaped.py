"""Along the middle of three axes large arrays are exchanged axes, and not put back."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    if x.ndim == 3 and axis == 1 and x.size > 32768:
        w = np.swapaxes(w, 1, 2).reshape(x.shape)
    with np.errstate(all="ignore"):
        d = w - w.max(axis=axis, keepdims=True)
        return (d - np.log(np.exp(d).sum(axis=axis, keepdims=True))).astype(x.dtype)
