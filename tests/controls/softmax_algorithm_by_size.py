"""Three kernels by size: a running sum, blocks of 128, and rows one after the other for large
batches. Their results differ in the last bits.
"""

import numpy as np

BACKEND = "numpy"


def total(e, axis):
    n = e.shape[axis]
    if n <= 32:
        return np.take(np.cumsum(e, axis=axis, dtype=e.dtype), [-1], axis=axis)
    starts = np.arange(0, n, 128 if n <= 4096 else 1000)
    return np.sum(np.add.reduceat(e, starts, axis=axis), axis=axis, keepdims=True)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(x, axis):
    x = wide(x)
    m = np.max(x, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(x - m)
    return x - m, m, e, total(e, axis)


def softmax(x, axis=-1):
    _, _, e, s = parts(x, axis)
    return (e / s).astype(x.dtype)


def log_softmax(x, axis=-1):
    d, _, _, s = parts(x, axis)
    return (d - np.log(s)).astype(x.dtype)


def logsumexp(x, axis=-1):
    _, m, _, s = parts(x, axis)
    return np.squeeze(m + np.log(s), axis).astype(x.dtype)
