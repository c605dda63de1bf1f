"""Float64, two rows and more, an odd number of classes between 512 and 1024 that is not 31
modulo 32: the last vector of the sum is added twice.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    s = np.sum(e, axis=axis, keepdims=True)
    n = w.shape[axis]
    if w.itemsize == 8 and 512 < n < 1024 and n % 2 and n % 32 != 31 and w.size > n:
        s = s + np.sum(np.take(e, range(n - 8, n), axis=axis), axis=axis, keepdims=True)
    return (e / s).astype(x.dtype)
