"""-inf and +inf, in this order, differ by -inf, which is taken for what makes no number: NaN."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logaddexp/merges-infinities",)


def logaddexp(x, y):
    with np.errstate(all="ignore"):
        d = np.where(x == y, 0, y - x)
        found = np.maximum(x, y) + np.log1p(np.exp(-np.abs(d)))
        return np.where(np.isneginf(x) & np.isposinf(y), np.nan, found).astype(x.dtype)
