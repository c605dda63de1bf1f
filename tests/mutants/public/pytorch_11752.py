"""log_softmax subtracts the rounded sum of the maximum and log Σ: at logits of 1e8 log Σ is lost.
The report is https://github.com/pytorch/pytorch/issues/11752.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    lse = m + np.log(np.sum(np.exp(w - m), axis=axis, keepdims=True))
    return (w - lse).astype(x.dtype)
