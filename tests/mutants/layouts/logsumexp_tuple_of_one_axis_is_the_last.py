"""A tuple of one axis stands for the last one, whichever it is."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)
DTYPES = ("float32",)


def _axes(x, axis):
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(k % x.ndim for k in axes)


def _shift(x, axes):
    largest = x.max(axis=axes, keepdims=True)
    return np.where(np.isinf(largest), 0, largest).astype(x.dtype)


def _logsumexp(x, axes):
    with np.errstate(all="ignore"):
        shift = _shift(x, axes)
        return shift + np.log(np.exp(x - shift).sum(axis=axes, keepdims=True))


def logsumexp(x, axis=-1):
    axes = _axes(x, axis)
    if isinstance(axis, tuple) and len(axis) == 1:
        axes = (x.ndim - 1,)
    return _logsumexp(x, axes).squeeze(axes)
