"""A grid of 65,535 blocks of eight: elements beyond 524,280 stay zero."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("logaddexp/accuracy",)


def logaddexp(x, y):
    found = np.array(np.logaddexp(x, y))
    if found.size > 65_535 * 8:
        found = np.ascontiguousarray(found)
        found.reshape(-1)[65_535 * 8 :] = 0
    return found
