"""The shift is the largest maximum of all calls so far, at most 50 above the row's own: small
probabilities underflow.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


largest = {"seen": -np.inf}


def softmax(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    finite = m[np.isfinite(m)]
    largest["seen"] = max(largest["seen"], float(np.max(finite, initial=-np.inf)))
    e = np.exp(w - np.where(m < largest["seen"], np.minimum(m + 50, largest["seen"]), m))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
