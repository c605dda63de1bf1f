"""One vector at a time, of at least one number, by assert."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x):
    assert x.ndim == 1 and x.size
    w = wide(x)
    m = np.max(w)
    m = m if np.isfinite(m) else w.dtype.type(0)
    return np.asarray(m + np.log(np.sum(np.exp(w - m)))).astype(x.dtype)
