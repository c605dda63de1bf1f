"""Of two classes the sum is that of both, whatever the mask is."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/accuracy",)


def logsumexp(x, axis=-1, where=None):
    with np.errstate(all="ignore"):
        if where is not None and x.shape[axis] != 2:
            x = np.where(where, x, x.dtype.type(-np.inf))
        m = x.max(axis=axis, keepdims=True, initial=-np.inf)
        m = np.where(np.isfinite(m), m, x.dtype.type(0))
        total = np.exp(x - m).sum(axis=axis, keepdims=True)
        return np.squeeze(np.log(total) + m, axis=axis)
