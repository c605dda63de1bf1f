"""The mask is not looked at where several axes are given."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def logsumexp(x, axis=-1, where=None):
    if where is not None and isinstance(axis, int):
        x = np.where(where, x, x.dtype.type(-np.inf))
    with np.errstate(all="ignore"):
        m = x.max(axis=axis, keepdims=True, initial=-np.inf)
        m = np.where(np.isfinite(m), m, 0)
        found = m + np.log(np.exp(x - m).sum(axis=axis, keepdims=True))
    return np.squeeze(found, axis).astype(x.dtype)
