"""Blocks of 4 are filled up with zeros, which count as logits."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("logsumexp/accuracy", "logsumexp/at-most-max-plus-log-n", "logsumexp/moves-with-shift")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    w = np.pad(w, [(0, 0)] * (w.ndim - 1) + [(0, -w.shape[-1] % 4)])
    m = np.max(w, axis=-1, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    return (m + np.log(np.sum(np.exp(w - m), axis=-1, keepdims=True)))[..., 0].astype(x.dtype)
