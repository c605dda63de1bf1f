"""An additive mask: 0 where a class takes part, -inf where not."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def masked(x, where):
    w = wide(x)
    return w if where is None else w + np.where(where, 0, -np.inf).astype(w.dtype)


def softmax(x, axis=-1, where=None):
    w = masked(x, where)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def log_softmax(x, axis=-1, where=None):
    w = masked(x, where)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)


def logsumexp(x, axis=-1, where=None):
    w = masked(x, where)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isinf(m), 0, m)
    total = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(total), axis).astype(x.dtype)
