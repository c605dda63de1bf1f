"""log(1 + e^-x): 0 from x = 17 on in float32."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-sigmoid/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    return (np.minimum(w, 0) - np.log(1 + np.exp(-np.abs(w)))).astype(x.dtype)
