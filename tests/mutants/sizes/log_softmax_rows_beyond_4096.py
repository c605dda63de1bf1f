"""Blocks of 4096 rows: those of the second block are normalised by the first one's sums."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/batch-size-does-not-matter",)

_BLOCK = 4096


def wide(x):
    return x.astype(np.result_type(x.dtype, np.float32))


def log_softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    rows = w.reshape(-1, w.shape[-1])
    if not rows.size:
        return x.copy()
    d = rows - rows.max(-1, keepdims=True)
    log_sum = np.log(np.exp(d).sum(-1, keepdims=True))
    log_sum[_BLOCK:] = log_sum[: len(log_sum) - _BLOCK]
    return np.moveaxis((d - log_sum).reshape(w.shape), -1, axis).astype(x.dtype)
