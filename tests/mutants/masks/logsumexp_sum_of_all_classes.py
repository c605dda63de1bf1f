"""The maximum is that of the classes that take part, the sum that of all."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("logsumexp/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1, where=None):
    w = wide(x)
    m = np.max(w if where is None else np.where(where, w, -np.inf), axis=axis, keepdims=True)
    m = np.where(np.isinf(m), 0, m)
    total = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(total), axis).astype(x.dtype)
