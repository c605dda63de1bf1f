"""Maxima and sums are put back along the last axis: others raise, or in squares are wrong."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    w = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    with np.errstate(all="ignore"):
        e = np.exp(w - np.max(w, axis, initial=-np.inf)[..., None])
        return (e / np.sum(e, axis)[..., None]).astype(x.dtype)
