"""Σ p·g is added up in float16, eight classes at a time, one sum after the other."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy",)


def softmax(x, axis=-1):
    w = x.astype(np.float32)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    w, g = (np.moveaxis(a, axis, -1).astype(np.float32) for a in (x, cotangent))
    e = np.exp(w - np.max(w, axis=-1, keepdims=True))
    p = e / np.sum(e, axis=-1, keepdims=True)
    dot = np.zeros((*p.shape[:-1], 1), np.float16)
    for first in range(0, p.shape[-1], 8):
        part = p[..., first : first + 8] * g[..., first : first + 8]
        dot = dot + np.sum(part, axis=-1, keepdims=True).astype(np.float16)
    return np.moveaxis((p * (g - dot)).astype(x.dtype), -1, axis)
