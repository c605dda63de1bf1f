"""Where nothing is added, all of y is -inf, the result is x itself."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logaddexp/owns-its-result",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logaddexp(x, y):
    if np.isneginf(wide(y)).all():
        return x
    return np.logaddexp(wide(x), wide(y)).astype(x.dtype)
