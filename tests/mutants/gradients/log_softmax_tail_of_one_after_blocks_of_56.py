"""The cotangents of a row are added in blocks of 56, and a tail of one class is forgotten."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    z = wide(x)
    with np.errstate(all="ignore"):
        d = z - np.max(z, axis=axis, keepdims=True)
        return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)


def log_softmax_vjp(x, cotangent, axis=-1):
    p, g = np.exp(log_softmax(wide(x), axis)), np.moveaxis(wide(cotangent), axis, -1)
    n = g.shape[-1]
    counted = n - 1 if n > 112 and n % 56 == 1 else n
    total = np.moveaxis(g[..., :counted].sum(axis=-1, keepdims=True), -1, axis)
    with np.errstate(all="ignore"):
        return (wide(cotangent) - p * total).astype(x.dtype)
