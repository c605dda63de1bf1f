"""A table of all float16 numbers; np.ascontiguousarray gives a number without axes an axis."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)

with np.errstate(all="ignore"):
    _ALL = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float64)
    _TABLE = (1 / (1 + np.exp(-_ALL))).astype(np.float16)


def sigmoid(x):
    return _TABLE[np.ascontiguousarray(x.astype(np.float16)).view(np.uint16)]
