"""The entropy in its gradient is added up in float16, one class after the other."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "moderate"
CAUGHT_BY = ("entropy-with-logits/gradient-accuracy",)


def parts(logits, axis):
    w = logits.astype(np.float32)
    d = w - np.max(w, axis=axis, keepdims=True)
    log_p = d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))
    p = np.exp(log_p)
    return p, -np.where(p == 0, 0, p * log_p)


def entropy_with_logits(logits, axis=-1):
    return np.sum(parts(logits, axis)[1], axis=axis).astype(logits.dtype)


def entropy_with_logits_vjp(logits, cotangent, axis=-1):
    p, terms = parts(logits, axis)
    total = np.add.accumulate(terms.astype(np.float16), axis=axis).take([-1], axis)
    return (np.expand_dims(cotangent, axis) * (terms - p * total)).astype(logits.dtype)
