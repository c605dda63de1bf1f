"""The second argument is kept by its address, though the caller may change it."""

import numpy as np

SEVERITY = "subtle"
CAUGHT_BY = ("logaddexp/has-no-state",)
_KEPT = {}


def logaddexp(x, y):
    with np.errstate(all="ignore"):
        return np.logaddexp(x, _KEPT.setdefault((y.ctypes.data, y.shape), (y, y.copy()))[1])
