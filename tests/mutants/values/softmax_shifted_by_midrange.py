"""The middle between the largest and the smallest logit is subtracted: overflows for a spread of
178 in float32.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/within-unit-interval")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    top = np.max(w, axis=axis, keepdims=True)
    bottom = np.min(np.where(np.isfinite(w), w, top), axis=axis, keepdims=True)
    e = np.exp(w - (top / 2 + bottom / 2))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
