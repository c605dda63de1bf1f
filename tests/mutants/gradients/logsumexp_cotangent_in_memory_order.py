"""The cotangent of a batch of two axes is flattened in the order of its memory."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/gradient-layout-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    return np.squeeze(m + np.log(np.sum(np.exp(w - m), axis=axis, keepdims=True)), axis).astype(
        x.dtype
    )


def logsumexp_vjp(x, cotangent, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    e = np.exp(w - m)
    g = wide(cotangent)
    g = g.ravel(order="K").reshape(g.shape) if g.ndim == 2 else g
    return (np.expand_dims(g, axis) * e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
