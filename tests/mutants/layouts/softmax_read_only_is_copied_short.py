"""Arrays that may not be written are first copied, all but the last row."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/layout-does-not-matter", "softmax/accuracy")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    if not x.flags.writeable and w.ndim > 1 and len(w) > 1:
        w = np.concatenate([w[:-1], np.zeros_like(w[-1:])])
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
