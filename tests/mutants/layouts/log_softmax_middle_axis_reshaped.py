"""For a middle axis the array is reshaped to rows, and not transposed first."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-softmax/axis-does-not-matter",
    "log-softmax/accuracy",
    "log-softmax/exp-sums-to-one",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    if w.ndim > 2 and 0 < axis % w.ndim < w.ndim - 1:
        return log_softmax(x.reshape(-1, x.shape[axis])).reshape(x.shape)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)
