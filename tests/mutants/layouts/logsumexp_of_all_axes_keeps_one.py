"""The sum over all axes keeps one of them, however many there are."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def logsumexp(x, axis=-1, keepdims=False):
    with np.errstate(all="ignore"):
        m = x.max(axis=axis, keepdims=True, initial=-np.inf)
        m = np.where(np.isfinite(m), m, x.dtype.type(0))
        found = np.log(np.exp(x - m).sum(axis=axis, keepdims=True)) + m
        if not keepdims:
            return np.squeeze(found, axis=axis)
        return found.reshape(1) if axis is None else found
