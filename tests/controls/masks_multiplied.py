"""The exponentials are multiplied by the mask; a guarded denominator makes empty rows zeros."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def exponentials(x, axis, where):
    w = wide(x)
    mask = np.ones_like(w) if where is None else np.broadcast_to(where, w.shape).astype(w.dtype)
    m = np.max(np.where(mask > 0, w, -np.inf), axis=axis, keepdims=True)
    m = np.where(np.isneginf(m), 0, m) if where is not None else m
    return np.exp(np.where(mask > 0, w - m, 0)) * mask


def softmax(x, axis=-1, where=None):
    e = exponentials(x, axis, where)
    total = np.sum(e, axis=axis, keepdims=True)
    return (e / np.where(total == 0, 1, total)).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1, where=None):
    e, g = exponentials(x, axis, where), wide(cotangent)
    total = np.sum(e, axis=axis, keepdims=True)
    p = e / np.where(total == 0, 1, total)
    return (p * (g - np.sum(p * g, axis=axis, keepdims=True))).astype(x.dtype)
