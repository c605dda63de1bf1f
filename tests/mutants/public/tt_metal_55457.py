"""log_sigmoid is right up to 170 and falls towards −inf beyond. The report is
https://github.com/tenstorrent/tt-metal/issues/55457.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-sigmoid/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    y = np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))
    return np.where(w > 170, 170 - w, y).astype(x.dtype)
