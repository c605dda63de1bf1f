"""The softmax gradient through log_softmax: with h = p g it is h - p Σh."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    p = softmax(wide(x), axis)
    h = p * wide(cotangent)
    return (h - p * np.sum(h, axis=axis, keepdims=True)).astype(x.dtype)


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s), axis).astype(x.dtype)


def logsumexp_vjp(x, cotangent, axis=-1):
    return (softmax(wide(x), axis) * np.expand_dims(wide(cotangent), axis)).astype(x.dtype)
