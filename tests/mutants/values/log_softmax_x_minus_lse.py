"""x - (m + log S): for logits near 1e8 the addition rounds log S away."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy", "log-softmax/exp-sums-to-one", "log-softmax/keeps-shift")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    total = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return (w - (m + np.log(total))).astype(x.dtype)
