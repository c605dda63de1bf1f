"""From 8192 elements on four threads share the work; the last element of each share is left at
0.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-sigmoid/accuracy", "log-sigmoid/monotone", "log-sigmoid/no-steeper-than")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    y = np.ravel(np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w))))
    if y.size >= 8192:
        share = -(-y.size // 4)
        y[share - 1 :: share] = 0
    return y.reshape(x.shape).astype(x.dtype)
