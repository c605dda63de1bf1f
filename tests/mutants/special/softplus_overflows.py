"""log(1 + e^x) of raw inputs: inf from 89 on."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("softplus/accuracy", "softplus/finite-stays-finite",)


def softplus(x):
    with np.errstate(over="ignore"):
        return np.log1p(np.exp(x))
