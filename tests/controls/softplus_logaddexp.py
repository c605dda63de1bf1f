"""numpy.logaddexp(0, x), the usual way."""

import numpy as np

BACKEND = "numpy"


def softplus(x):
    wide = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    with np.errstate(all="ignore"):
        return np.logaddexp(0, wide, dtype=wide.dtype).astype(x.dtype)
