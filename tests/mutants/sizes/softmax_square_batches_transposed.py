"""As many rows as classes: the layout is guessed from the shape and the wrong axis is
normalised.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/padding-changes-nothing",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    if w.ndim == 2 and 1 < w.shape[0] == w.shape[1]:
        axis = 1 - axis % 2
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
