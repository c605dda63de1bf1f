"""Parameters that the spec does not know have defaults and are left alone."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, temperature=1.0, *, check=False):
    w = wide(x) / temperature
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    p = (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
    if check and not np.all(np.isfinite(p)):
        raise FloatingPointError("softmax is not finite")
    return p
