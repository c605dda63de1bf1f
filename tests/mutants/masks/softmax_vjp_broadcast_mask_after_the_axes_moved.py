"""The gradient spreads a mask that broadcasts over a cotangent whose axes were moved."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/gradient-of-a-broadcast-mask",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def shares(x, axis, where):
    w = wide(x) if where is None else np.where(where, wide(x), -np.inf)
    with np.errstate(all="ignore"):
        e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
        return e / np.sum(e, axis=axis, keepdims=True)


def softmax(x, axis=-1, where=None):
    return shares(x, axis, where).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1, where=None):
    p = np.moveaxis(shares(x, axis, where), axis, -1)
    g = np.moveaxis(wide(cotangent), axis, -1)
    with np.errstate(all="ignore"):
        if where is not None:
            mask = np.moveaxis(where, axis, -1) if where.shape == x.shape else where
            if np.broadcast_shapes(mask.shape, p.shape) == p.shape:
                g = np.where(mask, g, 0)
        slope = np.where(p == 0, 0, p * (g - (p * g).sum(axis=-1, keepdims=True)))
    return np.moveaxis(slope, -1, axis).astype(x.dtype)
