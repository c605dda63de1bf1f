"""The second kernel, for more than 4096 classes, stops one short: the last class is not in the
sum.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/within-unit-interval")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    n = w.shape[axis]
    counted = np.take(e, range(n - 1), axis=axis) if n > 4096 else e
    return (e / np.sum(counted, axis=axis, keepdims=True)).astype(x.dtype)
