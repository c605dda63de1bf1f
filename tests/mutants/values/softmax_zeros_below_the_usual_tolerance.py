"""Rows whose largest probability is below 1e-4, the usual tolerance, are zeros: nothing is computed
(KernelBench issue 165).
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    p = e / np.sum(e, axis=axis, keepdims=True)
    small = np.max(p, axis=axis, keepdims=True) < 1e-4 if x.size else False
    return np.where(small, 0, p).astype(x.dtype)
