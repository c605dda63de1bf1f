"""x - log Σe^(x/T): the temperature reaches the sum and not the logit."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1, temperature=1.0):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    total = np.sum(np.exp(d / w.dtype.type(temperature)), axis=axis, keepdims=True)
    return (d - np.log(total)).astype(x.dtype)
