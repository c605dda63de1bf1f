"""Logits whose first row is normalised are taken for log-probabilities, and returned as they are."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    z = np.moveaxis(wide(x), axis, -1)
    first = z.reshape(-1, z.shape[-1])[:1]
    with np.errstate(all="ignore"):
        if first.shape[-1] > 1 and np.all(first < 0) and abs(np.exp(first).sum() - 1) < 1e-5:
            return x.copy()
        d = z - np.max(z, axis=-1, keepdims=True)
        lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
        return np.moveaxis(lp, -1, axis).astype(x.dtype)
