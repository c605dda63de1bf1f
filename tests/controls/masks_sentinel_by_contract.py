"""A large negative number in place of minus infinity, which its docstring says."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
DEVIATIONS = {"softmax/low-logits-outweigh-a-mask": "logits are above -10000 by contract"}


def softmax(x, axis=-1, where=None):
    """Masked logits become -30000; all others must be above -10000."""
    with np.errstate(all="ignore"):
        w = x if where is None else np.where(where, x, x.dtype.type(-30000))
        e = np.exp(w - np.max(w, axis=axis, keepdims=True))
        return e / np.sum(e, axis=axis, keepdims=True)
