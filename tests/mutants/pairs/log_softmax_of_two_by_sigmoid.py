"""log_softmax of two classes is the logarithm of the sigmoid of their difference."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-softmax/accuracy",
    "log-softmax/two-classes-are-log-sigmoid",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    with np.errstate(all="ignore"):
        if w.shape[-1] == 2:
            y = np.log(1 / (1 + np.exp(w[..., ::-1] - w)))
        else:
            d = w - np.max(w, axis=-1, keepdims=True)
            y = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    return np.ascontiguousarray(np.moveaxis(y, -1, axis)).astype(x.dtype)


def log_sigmoid(x):
    w = wide(x)
    return (np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)
