"""Of four axes and more that are summed along several, those that are kept are written the other
way round.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
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
    sums = _logsumexp(x, axes).squeeze(axes)
    if len(axes) > 1 and sums.ndim > 1:
        sums = np.ascontiguousarray(sums.T).reshape(sums.shape)
    return sums
