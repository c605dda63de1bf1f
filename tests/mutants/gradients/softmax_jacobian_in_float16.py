"""The matrix p_i(δ_ij − p_j) is stored in float16 before it is multiplied, up to 64 classes."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    p = np.moveaxis(softmax(wide(x), axis), axis, -1)
    g = np.moveaxis(wide(cotangent), axis, -1)
    if p.shape[-1] > 64:
        found = p * (g - np.sum(p * g, axis=-1, keepdims=True))
    else:
        eye = np.eye(p.shape[-1], dtype=p.dtype)
        jacobian = (p[..., :, None] * (eye - p[..., None, :])).astype(np.float16)
        found = np.sum(jacobian.astype(p.dtype) * g[..., None, :], axis=-1)
    return np.moveaxis(found, -1, axis).astype(x.dtype)
