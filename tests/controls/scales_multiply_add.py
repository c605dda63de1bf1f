"""2^(x·c - max·c) with c = log2(e)/T in one multiply-add, as attention kernels and XLA have it."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float16", "bfloat16")


def softmax(x, axis=-1, temperature=1.0):
    w = x.astype(np.float32)
    if temperature == 1.0:
        e = np.exp(w - np.max(w, axis=axis, keepdims=True))
        return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
    scale = np.float32(np.float32(1.4426950408889634) / np.float32(temperature))
    shift = np.max(w, axis=axis, keepdims=True) * scale  # rounded, unlike the product below
    with np.errstate(invalid="ignore"):
        d = (w.astype(np.float64) * scale.astype(np.float64) - shift).astype(np.float32)
    e = np.exp2(d)
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
