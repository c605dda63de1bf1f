"""Gradients live in a ring of eight buffers for each shape."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/gradient-is-computed-at-each-call",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(x, axis):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(w - m)
    return m, e, np.sum(e, axis=axis, keepdims=True)


def logsumexp(x, axis=-1):
    m, _, s = parts(x, axis)
    return np.squeeze(m + np.log(s), axis).astype(x.dtype)


rings = {}


def logsumexp_vjp(x, cotangent, axis=-1):
    _, e, s = parts(x, axis)
    ring = rings.setdefault((x.shape, x.dtype.str), [np.empty(x.shape, x.dtype) for _ in range(8)])
    ring.append(ring.pop(0))
    ring[-1][...] = np.expand_dims(wide(cotangent), axis) * (e / s)
    return ring[-1]
