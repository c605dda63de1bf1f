"""log(S + 1e-7): one unit of roundoff of float32 and a billion of float64."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "logsumexp/accuracy",
    "logsumexp/at-most-max-plus-log-n",
    "logsumexp/all-masked-is-minus-infinity",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s + w.dtype.type(1e-7)), axis=axis).astype(x.dtype)
