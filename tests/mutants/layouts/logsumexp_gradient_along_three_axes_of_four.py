"""Of three axes and more, each is put back as if those before it were not there yet."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/gradient-along-several-axes",)
DTYPES = ("float32",)


def _axes(x, axis):
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(k % x.ndim for k in axes))


def _shift(x, axes):
    largest = x.max(axis=axes, keepdims=True)
    return np.where(np.isfinite(largest), largest, 0).astype(x.dtype)


def logsumexp(x, axis=-1):
    axes = _axes(x, axis)
    shift = _shift(x, axes)
    return (shift + np.log(np.exp(x - shift).sum(axis=axes, keepdims=True))).squeeze(axes)


def logsumexp_vjp(x, cotangent, axis=-1):
    axes = _axes(x, axis)
    for before, k in enumerate(axes):
        cotangent = np.expand_dims(cotangent, k if len(axes) < 3 else k - before)
    powers = np.exp(x - _shift(x, axes))
    return cotangent * (powers / powers.sum(axis=axes, keepdims=True))
