"""Along axis 0, columns beyond the 2000th use the maximum of the column before."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    if w.ndim == 2 and axis % 2 == 0:
        m[:, 2000:] = m[:, 1999:-1]
    e = np.exp(w - m)
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
