"""A batch of one row comes back without its batch axis."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ()


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (
        (e / np.sum(e, axis=axis, keepdims=True))
        .squeeze(axis=0 if x.ndim == 2 and x.shape[0] == 1 and axis in (-1, 1) else ())
        .astype(x.dtype)
    )
