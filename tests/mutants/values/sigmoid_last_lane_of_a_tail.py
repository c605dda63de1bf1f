"""The last of a vector of 16 lanes that is not full is computed by another exp, twenty units off."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    flat = np.array(e).reshape(-1)
    if flat.size % 16 == 15:
        flat[-1] *= 1 + 40 * np.finfo(w.dtype).eps
    e = flat.reshape(w.shape)
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
