"""Where both arguments are one array, log 2 is forgotten."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("logaddexp/one-array-twice",)


def logaddexp(x, y):
    return x.copy() if x is y else np.logaddexp(x, y)
