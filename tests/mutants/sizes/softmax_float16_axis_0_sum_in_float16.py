"""Along axis 0 the terms of float16 are added row by row in float16: it stands still at 2048."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    s = np.sum(e, axis=axis, keepdims=True)
    if w.ndim > 1 and axis % w.ndim == 0:
        terms = e.astype(np.float16)
        s = np.add.accumulate(terms, axis=0, dtype=np.float16)[-1:].astype(w.dtype)
    return (e / s).astype(x.dtype)
