"""Beyond 1,000 classes the middle one is left out of the sum where 3 are left of 16 lanes."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float64", "float32")


def softmax(x, axis=-1):
    n = x.shape[axis]
    with np.errstate(all="ignore"):
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        total = e.sum(axis=axis, keepdims=True)
        if n > 1000 and n % 16 == 3:
            total = total - e.take([n // 2], axis=axis)
        return e / total
