"""-inf is replaced by -1e4, which wins in rows of low logits."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32", "bfloat16")
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/masked-is-zero", "softmax/accuracy", "softmax/keeps-argmax")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.where(np.isneginf(x), -1e4, wide(x)).astype(wide(x).dtype)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
