"""softmax = exp(log_softmax): one more rounding of d - log S, inside c_d u|d| and errS (measured
0.56 of the bound).
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)


def softmax(x, axis=-1):
    return np.exp(log_softmax(wide(x), axis)).astype(x.dtype)
