"""A row with +inf leaves NaN in the register that the next row starts from."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-softmax/masked-is-minus-infinity",
    "log-softmax/neighbours-do-not-matter",
    "log-softmax/finite-stays-finite",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    rows = w.reshape(-1, w.shape[-1])
    m = np.max(rows, axis=-1, keepdims=True)
    m[1:][m[:-1] == np.inf] = np.nan
    d = rows - m
    y = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    return np.moveaxis(y.reshape(w.shape), -1, axis).astype(x.dtype)
