"""A batch of one row comes back without its batch axis."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/row-alone",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    p = (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
    return p[0] if p.ndim == 2 and len(p) == 1 and axis in (-1, 1) else p
