"""-Σ p log(p + 1e-8): a certain row has a negative entropy."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "subtle"
CAUGHT_BY = ("entropy-with-logits/never-negative", "entropy-with-logits/accuracy", "entropy-with-logits/relative-accuracy",)


def rows(x, axis):
    """The array in its working precision with the class axis last, shifted."""
    wide = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    last = np.moveaxis(wide, axis, -1)
    return last - last.max(axis=-1, keepdims=True)


def entropy_with_logits(logits, axis=-1):
    e = np.exp(rows(logits, axis))
    p = e / e.sum(axis=-1, keepdims=True)
    return -(p * np.log(p + 1e-8)).sum(axis=-1).astype(logits.dtype)
