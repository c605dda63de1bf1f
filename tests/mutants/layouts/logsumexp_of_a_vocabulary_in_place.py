"""Rows of a vocabulary's size are shifted where they lie, to spare a copy."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/leaves-arguments-alone",)
DTYPES = ("float32",)


def logsumexp(x, axis=-1):
    m = x.max(axis=axis, keepdims=True)
    out = x if x.size >= 2**17 and x.flags.writeable else None
    shifted = np.subtract(x, np.where(np.isfinite(m), m, 0), out=out)
    total = np.exp(shifted).sum(axis=axis, keepdims=True)
    return (np.log(total) + m).squeeze(axis).astype(x.dtype)
