"""The tree of the sum drops the middle one when a level has an odd number of terms."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("logsumexp/accuracy", "logsumexp/at-least-max", "logsumexp/finite-stays-finite")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def tree(t):
    """Sum of the last axis by halves."""
    while t.shape[-1] > 1:
        half = t.shape[-1] // 2
        t = (
            t[..., :half] + t[..., -half:]
            if t.shape[-1] % 2 == 0
            else t[..., :half] + t[..., half + 1 :]
        )
    return t[..., 0]


def logsumexp(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    m = np.max(w, axis=-1)
    m = np.where(np.isfinite(m), m, 0)
    return (m + np.log(tree(np.exp(w - m[..., None])))).astype(x.dtype)
