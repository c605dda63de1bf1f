"""A logit below the smallest normal number sends the scaling into an endless recursion."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = (
    "softmax/masked-is-zero",
    "softmax/one-class-is-certain",
    "softmax/neighbours-do-not-matter",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    if np.any((w != 0) & (np.abs(w) < np.finfo(w.dtype).tiny)):
        return softmax(x, axis)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
