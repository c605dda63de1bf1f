"""Maximum and sum leave NaN out, so that the other classes of its row get numbers."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-softmax/nan-fills-the-row",
    "log-softmax/nan-at-any-place",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.fmax.reduce(w, axis=axis, keepdims=True, initial=-np.inf)
    total = np.nansum(np.exp(d), axis=axis, keepdims=True)
    return (d - np.where(np.isnan(d).all(axis, keepdims=True), np.nan, np.log(total))).astype(
        x.dtype
    )
