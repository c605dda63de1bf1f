"""The backward pass of softmax writes its result into the cotangent. The report is
https://github.com/NVIDIA/apex/issues/1430.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-leaves-arguments-alone",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    p, g = softmax(wide(x), axis), wide(cotangent)
    found = (p * (g - np.sum(p * g, axis=axis, keepdims=True))).astype(x.dtype)
    if cotangent.flags.writeable and cotangent.dtype == found.dtype:
        cotangent[...] = found
    return found
