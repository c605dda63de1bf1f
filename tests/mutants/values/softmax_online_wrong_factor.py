"""A new maximum rescales the running sum by e^(new - old) and not by e^(old - new)."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/follows-permutation")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def normaliser(w):
    """Maximum and sum in one pass over blocks of 16."""
    m = np.full((*w.shape[:-1], 1), -np.inf, w.dtype)
    s = np.zeros_like(m)
    for k in range(0, w.shape[-1], 16):
        block = w[..., k : k + 16]
        new = np.maximum(m, np.max(block, axis=-1, keepdims=True))
        base = np.where(np.isfinite(new), new, 0)
        scale = np.where(np.isfinite(m), np.exp(base - m), 0)
        s = s * scale + np.sum(np.exp(block - base), axis=-1, keepdims=True)
        m = new
    return m, s


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    m, s = normaliser(w)
    return np.moveaxis(np.exp(w - m) / s, -1, axis).astype(x.dtype)
