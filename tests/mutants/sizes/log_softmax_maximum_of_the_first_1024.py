"""The maximum is searched among the first 1024 classes only."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-softmax/accuracy",
    "log-softmax/exp-sums-to-one",
    "log-softmax/finite-stays-finite",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    d = w - np.max(w[..., :1024], axis=-1, keepdims=True)
    return np.moveaxis(d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True)), -1, axis).astype(
        x.dtype
    )
