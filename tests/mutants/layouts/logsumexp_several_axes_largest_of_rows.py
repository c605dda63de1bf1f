"""Along several axes: the largest of the logsumexps along the last of them."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def along(x, axis, keepdims=False):
    m = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    m = np.where(np.isinf(m), 0, m)
    with np.errstate(all="ignore"):
        found = m + np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True))
    return found if keepdims else np.squeeze(found, axis)


def logsumexp(x, axis=-1):
    w = wide(x)
    if isinstance(axis, int):
        return along(w, axis).astype(x.dtype)
    axes = tuple(k % x.ndim for k in (range(x.ndim) if axis is None else axis))
    parts = along(w, max(axes), keepdims=True)
    return np.max(parts, axis=axes, initial=-np.inf).astype(x.dtype)
