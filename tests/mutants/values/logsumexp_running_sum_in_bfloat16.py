"""The terms are added one after another in bfloat16: the sum stands still at 256."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("bfloat16",)
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def running(t, dtype):
    """Sums of rows, one addition after another, each rounded to the format."""
    s = np.zeros((*t.shape[:-1], 1), dtype)
    for k in range(t.shape[-1]):
        s = s + t[..., k : k + 1].astype(dtype)
    return s


def logsumexp(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    m = np.max(w, axis=-1, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = running(np.exp(w - m), x.dtype).astype(w.dtype)
    return (m + np.log(s))[..., 0].astype(x.dtype)
