"""Only the first 1024 classes go into p·g."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy", "softmax/gradient-rows-sum")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    p, g = np.moveaxis(wide(softmax(x, axis)), axis, -1), np.moveaxis(wide(cotangent), axis, -1)
    dot = np.sum((p * g)[..., :1024], axis=-1, keepdims=True)
    return np.moveaxis(p * (g - dot), -1, axis).astype(x.dtype)
