"""log_softmax without a shift: log Σ e^x overflows. The report is
https://github.com/ml-explore/mlx/issues/4169.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    return (w - np.log(np.sum(np.exp(w), axis=axis, keepdims=True))).astype(x.dtype)
