"""Of several axes the last alone is summed over, and the others stay."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def logsumexp(x, axis=-1):
    w = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    axis = axis[-1] if isinstance(axis, tuple) else axis
    m = np.max(w, axis=axis, keepdims=True, initial=-np.inf)
    m = np.where(np.isinf(m), 0, m)
    with np.errstate(all="ignore"):
        found = m + np.log(np.sum(np.exp(w - m), axis=axis, keepdims=True))
    return np.squeeze(found, axis).astype(x.dtype)
