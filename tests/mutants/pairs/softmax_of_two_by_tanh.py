"""softmax of two classes is ½ + ½ tanh(d/2), whose small probabilities round to 0."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/two-classes-are-sigmoid")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    if w.shape[-1] == 2:
        with np.errstate(invalid="ignore"):
            p = 0.5 + 0.5 * np.tanh((w - w[..., ::-1]) / 2)
    else:
        e = np.exp(w - np.max(w, axis=-1, keepdims=True))
        p = e / np.sum(e, axis=-1, keepdims=True)
    return np.ascontiguousarray(np.moveaxis(p, -1, axis)).astype(x.dtype)


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)
