"""The backward pass finds the cotangent of a pixel at h·H + w, which is right for square images."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/gradient-accuracy",)
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
    return _logsumexp(x, axes).squeeze(axes)


def logsumexp_vjp(x, cotangent, axis=-1):
    axes = _axes(x, axis)
    with np.errstate(all="ignore"):
        powers = np.exp(x - _shift(x, axes))
        p = powers / powers.sum(axis=axes, keepdims=True)
    g = np.expand_dims(cotangent, axes)
    if x.ndim == 4 and axes == (1,):
        h, w = x.shape[2:]
        place = np.minimum(np.arange(h)[:, None] * h + np.arange(w), h * w - 1)
        g = g.reshape(len(x), 1, h * w)[:, :, place]
    return g * p
