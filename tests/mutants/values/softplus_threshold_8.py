"""x itself above 8, where e^-8 is seen in float32."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("softplus/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softplus(x):
    w = wide(x)
    soft = np.maximum(w, 0) + np.log1p(np.exp(-np.abs(w)))
    return np.where(w > 8, w, soft).astype(x.dtype)
