"""In bfloat16 e^-|x| is rounded to bfloat16 and 1 + e^-|x| again, before the logarithm."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("bfloat16",)
SEVERITY = "moderate"
CAUGHT_BY = ("log-sigmoid/accuracy", "log-sigmoid/convex-at-midpoints")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    e = np.exp(-np.abs(wide(x))).astype(x.dtype)
    total = (1 + wide(e)).astype(x.dtype)
    return (np.minimum(wide(x), 0) - np.log(wide(total))).astype(x.dtype)
