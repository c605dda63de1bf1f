"""Four axes with the channels in second place: they are normalised over the last."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "softmax/accuracy",
    "softmax/sums-to-one",
    "softmax/keeps-argmax",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    axis = -1 if w.ndim == 4 and axis % 4 == 1 else axis
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
