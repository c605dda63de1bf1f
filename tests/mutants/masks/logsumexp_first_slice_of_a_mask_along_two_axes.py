"""Along two axes the mask of the first slice is that of all."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def logsumexp(x, axis=-1, where=None, keepdims=False):
    with np.errstate(all="ignore"):
        if where is not None:
            if isinstance(axis, tuple):
                where = np.take(np.broadcast_to(where, x.shape), [0], axis=axis[-1])
            x = np.where(where, x, x.dtype.type(-np.inf))
        m = x.max(axis=axis, keepdims=True, initial=-np.inf)
        m = np.where(np.isfinite(m), m, x.dtype.type(0))
        found = np.log(np.exp(x - m).sum(axis=axis, keepdims=True)) + m
        return found if keepdims else np.squeeze(found, axis=axis)
