"""-log_sigmoid(-x), by minimum and log1p."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softplus(x):
    w = -wide(x)
    with np.errstate(all="ignore"):
        return -(np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)
