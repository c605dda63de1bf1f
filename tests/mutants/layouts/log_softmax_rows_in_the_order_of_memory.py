"""Rows of three axes are taken as they lie in memory, whichever of the first two comes first."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/layout-does-not-matter",)
DTYPES = ("float32", "float64")


def log_softmax(x):
    rows = x
    if x.ndim == 3 and 0 < x.strides[0] < x.strides[1]:
        rows = x.swapaxes(0, 1)
    rows = rows.reshape(-1, x.shape[-1])
    d = rows - rows.max(axis=-1, keepdims=True, initial=-np.inf)
    out = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return out.astype(x.dtype).reshape(x.shape)
