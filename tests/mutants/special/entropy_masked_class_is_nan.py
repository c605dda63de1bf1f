"""p log p without a guard: 0·(-inf) at a masked class."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("entropy-with-logits/masked-class-counts-nothing",)


def rows(x, axis):
    """The array in its working precision with the class axis last, shifted."""
    wide = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    last = np.moveaxis(wide, axis, -1)
    return last - last.max(axis=-1, keepdims=True)


def entropy_with_logits(logits, axis=-1):
    with np.errstate(all="ignore"):
        d = rows(logits, axis)
        logs = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
        return -(np.exp(logs) * logs).sum(axis=-1).astype(logits.dtype)
