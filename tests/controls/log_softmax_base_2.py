"""Powers and logarithms to base 2, converted at both ends: the cost of a base change, c_d = 2.5."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(x, axis):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    d = w - m
    s = np.sum(np.exp2(d * d.dtype.type(1 / np.log(2))), axis=axis, keepdims=True)
    return d, m, np.log2(s) * s.dtype.type(np.log(2))


def log_softmax(x, axis=-1):
    d, _, log_s = parts(x, axis)
    return (d - log_s).astype(x.dtype)


def logsumexp(x, axis=-1):
    _, m, log_s = parts(x, axis)
    return np.squeeze(m + log_s, axis).astype(x.dtype)
