"""The running maximum starts at -1e4 and not at -inf: rows below it come out as -inf."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32", "bfloat16")
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/accuracy", "logsumexp/at-least-max", "logsumexp/moves-with-shift")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True, initial=-1e4)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
