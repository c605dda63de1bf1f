"""Functions made by functools.partial from one kernel."""

from functools import partial

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def kernel(x, axis=-1, *, what):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(w - m)
    s = np.sum(e, axis=axis, keepdims=True)
    if what == "softmax":
        return (e / s).astype(x.dtype)
    return np.squeeze(m + np.log(s), axis).astype(x.dtype)


softmax = partial(kernel, what="softmax")
logsumexp = partial(kernel, what="logsumexp")
