"""σ(x) = exp(log σ(x)). The rounding of log σ costs u|x|q, inside (c_d - 1) u|x|q of the standard
grade.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    return (np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)


def sigmoid(x):
    w = wide(x)
    return np.exp(log_sigmoid(w)).astype(x.dtype)
