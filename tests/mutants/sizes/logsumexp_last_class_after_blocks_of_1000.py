"""Blocks of 1000 classes begin before the last class, which is left out where it is a block."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/accuracy",)


def logsumexp(x, axis=-1):
    w = np.moveaxis(x.astype(np.float32) if x.dtype.itemsize == 2 else x, axis, -1)
    top = w.max(axis=-1, keepdims=True)
    shift = np.where(np.isfinite(top), top, 0)
    n = w.shape[-1]
    total = sum(
        np.exp(w[..., k : k + 1000] - shift).sum(axis=-1) for k in range(0, max(n - 1, 1), 1000)
    )
    return (np.log(total) + shift[..., 0]).astype(x.dtype)
