"""Arrays in Fortran order are taken by their memory and given the shape back in C order."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-softmax/layout-does-not-matter",
    "log-softmax/accuracy",
    "log-softmax/keeps-argmax",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    if x.flags.f_contiguous and not x.flags.c_contiguous:
        w = w.ravel(order="K").reshape(x.shape)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)
