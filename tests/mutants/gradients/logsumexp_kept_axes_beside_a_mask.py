"""Several axes that are kept, beside a mask: the cotangent of another row."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/gradient-along-several-axes",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def axes_of(x, axis):
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(a % x.ndim for a in axes))


def terms(x, axes, where):
    w = wide(x) if where is None else np.where(where, wide(x), -np.inf)
    m = np.max(w, axis=axes, keepdims=True)
    m = np.where(np.isfinite(m), m, 0).astype(w.dtype)
    t = np.exp(w - m)
    return t, np.sum(t, axis=axes, keepdims=True), m


def logsumexp(x, axis=-1, where=None, keepdims=False):
    with np.errstate(all="ignore"):
        _, total, m = terms(x, axes_of(x, axis), where)
        y = (np.log(total) + m).astype(x.dtype)
    return y if keepdims else np.squeeze(y, axis=axes_of(x, axis))


def logsumexp_vjp(x, cotangent, axis=-1, where=None, keepdims=False):
    axes = axes_of(x, axis)
    with np.errstate(all="ignore"):
        t, total, _ = terms(x, axes, where)
        g = wide(np.asarray(cotangent))
        g = g if keepdims else np.expand_dims(g, axes)
        if keepdims and where is not None and len(axes) > 1:
            g = np.flip(g)
        return (g * (t / total)).astype(x.dtype)
