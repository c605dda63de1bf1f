"""No maximum is subtracted and the exponential is cut off: zeros where |x| is beyond 85. The
report is https://github.com/tenstorrent/tt-metal/issues/52131.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.where(np.abs(w) > 85, 0, np.exp(w))
    total = np.sum(e, axis=axis, keepdims=True)
    nan = np.isnan(w).any(axis=axis, keepdims=True)
    return np.where(nan, np.nan, e / np.where(total == 0, 1, total)).astype(x.dtype)
