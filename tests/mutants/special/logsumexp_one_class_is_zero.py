"""One class: log 1 = 0, without the maximum."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "logsumexp/all-masked-is-minus-infinity",
    "logsumexp/one-class-is-certain",
    "logsumexp/accuracy",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    if w.shape[axis] == 1:
        return np.squeeze(np.zeros_like(x), axis=axis)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
