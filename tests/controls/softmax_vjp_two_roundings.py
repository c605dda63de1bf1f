"""p g − p(p·g) in the format itself, one p as t/S and the other as t·(1/S): rounded apart."""

import numpy as np

BACKEND = "numpy"


def total(terms, axis):
    wide = np.float32 if terms.dtype.itemsize == 2 else terms.dtype
    return np.sum(terms, axis, dtype=wide, keepdims=True).astype(terms.dtype)


def both(x, axis):
    w = x.astype(x.dtype.newbyteorder("="))
    e = np.exp(w - np.max(w, axis, keepdims=True))
    s = np.sum(e, axis, dtype=np.float32 if e.dtype.itemsize == 2 else e.dtype, keepdims=True)
    return (e / s).astype(w.dtype), (e * (1 / s).astype(w.dtype)).astype(w.dtype)


def softmax(x, axis=-1):
    return both(x, axis)[0]


def softmax_vjp(x, cotangent, axis=-1):
    p, other = both(x, axis)
    g = cotangent.astype(p.dtype)
    return p * g - other * total(p * g, axis)
