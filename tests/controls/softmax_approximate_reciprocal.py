"""e^d times a reciprocal that is one number too small, as vectorised ones with a Newton step are:
one class gets 1 - u.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    with np.errstate(all="ignore"):
        e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
        reciprocal = 1 / np.sum(e, axis=axis, keepdims=True)
        return (e * np.nextafter(reciprocal, np.zeros_like(reciprocal))).astype(x.dtype)
