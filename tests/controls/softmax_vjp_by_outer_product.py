"""The gradient of softmax by the matrix diag p − p pᵀ, multiplied by BLAS in the format itself (16
bits: in float32, the matrix rounded to 16 bits).
"""

import numpy as np

BACKEND = "numpy"
LARGEST = 1100  # beyond it n² numbers for each row are too many


def softmax(x, axis=-1):
    w = x.astype(x.dtype.newbyteorder("="))
    e = np.exp(w - np.max(w, axis, keepdims=True))
    wide = np.float32 if w.dtype.itemsize == 2 else w.dtype
    return (e / np.sum(e, axis, dtype=wide, keepdims=True)).astype(w.dtype)


def row(p, g):
    wide = np.float32 if p.dtype.itemsize == 2 else p.dtype
    if len(p) > LARGEST:
        return p.astype(wide) * (g - np.dot(p.astype(wide), g))
    matrix = np.diag(p) - np.outer(p, p).astype(p.dtype)
    return matrix.astype(wide) @ g


def softmax_vjp(x, cotangent, axis=-1):
    p = np.moveaxis(softmax(x, axis), axis, -1)
    wide = np.float32 if p.dtype.itemsize == 2 else p.dtype
    g = np.moveaxis(cotangent, axis, -1).astype(wide)
    pairs = zip(p.reshape(-1, p.shape[-1]), g.reshape(-1, p.shape[-1]), strict=True)
    found = np.array([row(*pair) for pair in pairs]).reshape(p.shape)
    return np.moveaxis(found, -1, axis).astype(p.dtype)
