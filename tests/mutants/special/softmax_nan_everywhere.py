"""One NaN in the batch makes all of it NaN."""

import numpy as np

BACKEND = "numpy"
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
    w = w + 0 * np.sum(np.where(np.isnan(w), w, 0))
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
