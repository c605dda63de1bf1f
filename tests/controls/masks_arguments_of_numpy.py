"""np.max and np.sum have where= themselves; masked classes are set to 0 at the end."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, where=True):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True, where=where, initial=-np.inf)
    e = np.exp(w - m, where=where, out=np.zeros_like(w))
    return (e / np.sum(e, axis=axis, keepdims=True, where=where)).astype(x.dtype)


def logsumexp(x, axis=-1, where=True):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True, where=where, initial=-np.inf)
    m = np.where(np.isinf(m), 0, m)
    e = np.exp(w - m, where=where, out=np.zeros_like(w))
    total = np.sum(e, axis=axis, keepdims=True, where=where)
    return np.squeeze(m + np.log(total), axis).astype(x.dtype)
