"""Several axes are gone, whatever keepdims says."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def logsumexp(x, axis=-1, keepdims=False):
    with np.errstate(all="ignore"):
        m = x.max(axis=axis, keepdims=True, initial=-np.inf)
        m = np.where(np.isfinite(m), m, 0)
        found = (m + np.log(np.exp(x - m).sum(axis=axis, keepdims=True))).astype(x.dtype)
    return found if keepdims and isinstance(axis, int) else np.squeeze(found, axis)
