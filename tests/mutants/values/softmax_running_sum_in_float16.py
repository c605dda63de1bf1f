"""The terms are added one after another in float16: the sum stands still at 2048."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def running(t, dtype):
    """Sums of rows, one addition after another, each rounded to the format."""
    s = np.zeros((*t.shape[:-1], 1), dtype)
    for k in range(t.shape[-1]):
        s = s + t[..., k : k + 1].astype(dtype)
    return s


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    e = np.exp(w - np.max(w, axis=-1, keepdims=True))
    p = e / running(e, x.dtype).astype(w.dtype)
    return np.moveaxis(p, -1, axis).astype(x.dtype)
