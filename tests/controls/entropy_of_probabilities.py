"""-Σ p log p of p itself, with 0·log 0 = 0, as scipy.special.entr has it."""

import numpy as np

BACKEND = "numpy"


def rows(x, axis):
    """The array in its working precision with the class axis last, shifted."""
    wide = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    last = np.moveaxis(wide, axis, -1)
    return last - last.max(axis=-1, keepdims=True)


def entropy_with_logits(logits, axis=-1):
    with np.errstate(all="ignore"):
        e = np.exp(rows(logits, axis))
        p = e / e.sum(axis=-1, keepdims=True)
        terms = np.where(p == 0, 0, -p * np.log(p))
        return terms.sum(axis=-1).astype(logits.dtype)
