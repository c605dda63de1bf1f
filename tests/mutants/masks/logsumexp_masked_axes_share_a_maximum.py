"""Under a mask, along several axes, the maximum is that of the whole array: low rows are −∞."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def logsumexp(x, axis=-1, where=None):
    several = axis is not None and np.ndim(axis) > 0
    if where is not None:
        x = np.where(where, x, x.dtype.type(-np.inf))
    m = np.max(x, axis=None if several and where is not None else axis, keepdims=True)
    m = np.where(np.isinf(m), 0, m).astype(x.dtype)
    with np.errstate(all="ignore"):
        total = np.exp(x - m).sum(axis=axis, keepdims=True)
        return np.squeeze(np.log(total) + m, axis)
