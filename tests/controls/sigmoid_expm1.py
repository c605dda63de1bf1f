"""The logistic function as 1 / (2 + expm1(-x)). Where e^-x overflows the result is 0 instead of a
value below 1/Ω < ω: the allowance a = ω of the standard grade.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float16", "bfloat16")  # e^-30 is below half an ulp of 30 in these


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    return (1 / (2 + np.expm1(-wide(x)))).astype(x.dtype)


def log_sigmoid(x):
    w = wide(x)
    return np.where(w < -30, w, -np.log1p(np.exp(-np.maximum(w, -30)))).astype(x.dtype)
