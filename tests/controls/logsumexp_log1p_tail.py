"""log S = log1p(T) with T the sum without one maximum: relatively accurate also where S rounds to
1, which the should laws ask for.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(x, axis):
    w = np.moveaxis(wide(x), axis, -1)
    top = np.arange(w.shape[-1]) == np.argmax(w, axis=-1)[..., None]
    m = np.max(w, axis=-1, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(w - m)
    tail = np.sum(np.where(top, 0, e), axis=-1, keepdims=True)
    return w - m, m, np.log1p(tail + (np.sum(np.where(top, e, 0), axis=-1, keepdims=True) - 1))


def log_softmax(x, axis=-1):
    d, _, log_s = parts(x, axis)
    return np.moveaxis(d - log_s, -1, axis).astype(x.dtype)


def logsumexp(x, axis=-1):
    _, m, log_s = parts(x, axis)
    return (m + log_s)[..., 0].astype(x.dtype)
