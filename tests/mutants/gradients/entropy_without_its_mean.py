"""-p log p: the entropy is not subtracted in the gradient."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("entropy-with-logits/gradient-accuracy",)


def rows(x, axis):
    """The array in its working precision with the class axis last, shifted."""
    wide = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    last = np.moveaxis(wide, axis, -1)
    return last - last.max(axis=-1, keepdims=True)


def entropy_with_logits(logits, axis=-1):
    d = rows(logits, axis)
    e = np.exp(d)
    p = e / e.sum(axis=-1, keepdims=True)
    terms = np.where(p > 0, -p * np.log(np.where(p > 0, p, 1)), 0)
    return terms.sum(axis=-1).astype(logits.dtype)


def entropy_with_logits_vjp(logits, cotangent, axis=-1):
    d = rows(logits, axis)
    e = np.exp(d)
    s = e.sum(axis=-1, keepdims=True)
    p = e / s
    slope = np.where(p > 0, -p * (np.where(p > 0, d, 0) - np.log(s)), 0)
    return np.moveaxis(cotangent[..., None] * slope, -1, axis).astype(logits.dtype)
