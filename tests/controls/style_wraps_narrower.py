"""Functions that take less than they show: functools.wraps of a wider one, rows vectorised."""

import functools

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")


def kernel(x, axis=-1, temperature=1.0):
    d = (x - x.max(axis=axis, keepdims=True)) / x.dtype.type(temperature)
    e = np.exp(d)
    return e / e.sum(axis=axis, keepdims=True)


@functools.wraps(kernel)
def softmax(x):
    return kernel(x)


def row(x):
    top = x.max()
    return top + np.log(np.exp(x - top).sum()) if np.isfinite(top) else top


logsumexp = np.vectorize(row, signature="(n)->()")
