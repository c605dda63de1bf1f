"""Blocks of 32 are summed in float32, the blocks' sums one after another in bfloat16."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("bfloat16",)
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def running(t, dtype):
    """Sums of rows, one addition after another, each rounded to the format."""
    s = np.zeros((*t.shape[:-1], 1), dtype)
    for k in range(t.shape[-1]):
        s = s + t[..., k : k + 1].astype(dtype)
    return s


def total(t, dtype):
    blocks = [np.sum(t[..., k : k + 32], axis=-1) for k in range(0, t.shape[-1], 32)]
    return running(np.stack(blocks, axis=-1), dtype).astype(t.dtype)


def log_softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    d = w - np.max(w, axis=-1, keepdims=True)
    return np.moveaxis(d - np.log(total(np.exp(d), x.dtype)), -1, axis).astype(x.dtype)
