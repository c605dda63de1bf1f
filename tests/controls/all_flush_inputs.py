"""Subnormal inputs count as zero, as with DAZ hardware: the error is below ω."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32", "bfloat16")


TINY = {"float64": 2.0**-1022, "float32": 2.0**-126, "bfloat16": 2.0**-126}


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def flushed(x):
    return np.where(np.abs(wide(x)) < TINY[x.dtype.name], 0, wide(x))


def sigmoid(x):
    w = flushed(x)
    e = np.exp(-np.abs(w))
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)


def softmax(x, axis=-1):
    w = flushed(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def logsumexp(x, axis=-1):
    w = flushed(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    return np.squeeze(m + np.log(np.sum(np.exp(w - m), axis=axis, keepdims=True)), axis).astype(
        x.dtype
    )
