"""Gradients of softmax and log_softmax as textbooks have them: Jacobian matrices, p_i(δ_ij − p_j)
and δ_ij − p_i, times the cotangent, each operation in the format itself; 16 bits sum in float32.
"""

import numpy as np

BACKEND = "numpy"
LARGEST = 1100  # beyond it n² numbers for each row are too many


def probabilities(x):
    e = np.exp(x - np.max(x, -1, keepdims=True))
    return (e / total(e)[..., None]).astype(x.dtype)


def total(terms):
    wide = np.float32 if terms.dtype.itemsize == 2 else terms.dtype
    return np.sum(terms, -1, dtype=wide)


def softmax(x, axis=-1):
    x = np.moveaxis(x.astype(x.dtype.newbyteorder("=")), axis, -1)
    return np.moveaxis(probabilities(x), -1, axis)


def log_softmax(x, axis=-1):
    x = np.moveaxis(x.astype(x.dtype.newbyteorder("=")), axis, -1)
    d = x - np.max(x, -1, keepdims=True)
    return np.moveaxis((d - np.log(total(np.exp(d)))[..., None]).astype(x.dtype), -1, axis)


def by_rows(row, x, g, axis):
    x = np.moveaxis(x.astype(x.dtype.newbyteorder("=")), axis, -1)
    g = np.moveaxis(g.astype(x.dtype), axis, -1)
    p = probabilities(x)
    pairs = zip(p.reshape(-1, p.shape[-1]), g.reshape(-1, p.shape[-1]), strict=True)
    found = np.array([row(*pair) for pair in pairs], x.dtype).reshape(x.shape)
    return np.moveaxis(found, -1, axis)


def softmax_row(p, g):
    if len(p) > LARGEST:
        return (p * (g - total(p * g))).astype(p.dtype)
    jacobian = p[:, None] * (np.eye(len(p), dtype=p.dtype) - p)
    return total(jacobian * g).astype(p.dtype)


def log_softmax_row(p, g):
    if len(p) > LARGEST:
        return (g - p * total(g)).astype(p.dtype)
    jacobian = np.eye(len(p), dtype=p.dtype) - p[:, None]
    return total(jacobian * g).astype(p.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    return by_rows(softmax_row, x, cotangent, axis)


def log_softmax_vjp(x, cotangent, axis=-1):
    return by_rows(log_softmax_row, x, cotangent, axis)
