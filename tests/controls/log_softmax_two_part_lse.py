"""x - L with L = m + log S kept as the unevaluated sum of two numbers (TwoSum), subtracted in two
steps: shift-safe, unlike x - L with L rounded.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    log_s = np.log(np.sum(np.exp(w - m), axis=axis, keepdims=True))
    high = m + log_s
    part = high - m
    low = (m - (high - part)) + (log_s - part)
    return ((w - high) - low).astype(x.dtype)
