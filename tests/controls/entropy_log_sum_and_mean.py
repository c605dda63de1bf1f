"""log S - Σ p d, the shifted row weighted once."""

import numpy as np

BACKEND = "numpy"


def rows(x, axis):
    """The array in its working precision with the class axis last, shifted."""
    wide = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    last = np.moveaxis(wide, axis, -1)
    return last - last.max(axis=-1, keepdims=True)


def entropy_with_logits(logits, axis=-1):
    with np.errstate(all="ignore"):
        d = rows(logits, axis)
        e = np.exp(d)
        s = e.sum(axis=-1)
        mean = np.where(e == 0, 0, e * d).sum(axis=-1) / s
        return (np.log(s) - mean).astype(logits.dtype)
