"""The largest finite number is taken for infinite, and its row is one-hot at the first of them."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy", "softmax/keeps-argmax", "softmax/ties-get-equal-results")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    m = np.max(w, axis=-1, keepdims=True)
    e = np.exp(w - m)
    p = e / np.sum(e, axis=-1, keepdims=True)
    hot = np.arange(w.shape[-1]) == np.argmax(w, axis=-1)[..., None]
    p = np.where(m >= np.finfo(w.dtype).max, hot, p)
    return np.moveaxis(p, -1, axis).astype(x.dtype)
