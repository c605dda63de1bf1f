"""log2 instead of log: the entropy of n equal classes exceeds log n."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("entropy-with-logits/accuracy", "entropy-with-logits/at-most-log-n",)


def rows(x, axis):
    """The array in its working precision with the class axis last, shifted."""
    wide = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    last = np.moveaxis(wide, axis, -1)
    return last - last.max(axis=-1, keepdims=True)


def entropy_with_logits(logits, axis=-1):
    e = np.exp(rows(logits, axis))
    p = e / e.sum(axis=-1, keepdims=True)
    return -(p * np.log2(np.where(p > 0, p, 1))).sum(axis=-1).astype(logits.dtype)
