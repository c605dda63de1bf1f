"""Online in blocks of 16: a first block all -inf rescales by e^(-inf + inf)."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/masked-is-zero", "softmax/accuracy")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def normaliser(w):
    """Maximum and sum in one pass over blocks of 16."""
    m = np.max(w[..., :16], axis=-1, keepdims=True)
    s = np.sum(np.exp(w[..., :16] - m), axis=-1, keepdims=True)
    for k in range(16, w.shape[-1], 16):
        block = w[..., k : k + 16]
        new = np.maximum(m, np.max(block, axis=-1, keepdims=True))
        base = np.where(np.isfinite(new), new, 0)
        s = s * np.exp(m - base) + np.sum(np.exp(block - base), axis=-1, keepdims=True)
        m = new
    return m, s


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    m, s = normaliser(w)
    return np.moveaxis(np.exp(w - m) / s, -1, axis).astype(x.dtype)
