"""bfloat16 is computed in float16, which has no number below 6e-8."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("bfloat16",)
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy",)


def sigmoid(x):
    w = x.astype(np.float16)
    e = np.exp(-np.abs(w))
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
