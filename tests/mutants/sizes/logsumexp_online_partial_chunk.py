"""Chunks of 100 classes; the sum of the last, shorter one is not rescaled when it brings a new
maximum.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/accuracy", "logsumexp/follows-permutation")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    m = np.full(w.shape[:-1], -np.inf, w.dtype)
    s = np.zeros_like(m)
    for k in range(0, w.shape[-1], 100):
        chunk = w[..., k : k + 100]
        new = np.maximum(m, np.max(chunk, axis=-1))
        base = np.where(np.isfinite(new), new, 0)
        if k == 0 or chunk.shape[-1] == 100:
            s = s * np.exp(np.where(np.isfinite(m), m - base, 0))
        s = s + np.sum(np.exp(chunk - base[..., None]), axis=-1)
        m = new
    return (np.where(np.isfinite(m), m, 0) + np.log(s)).astype(x.dtype)
