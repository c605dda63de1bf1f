"""A matrix of float64 whose last 8 bytes before a cache line are peeled off: the first row's first
term is added to the sum a second time.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/start-does-not-matter",)


def logsumexp(x, axis=-1):
    w = np.moveaxis(np.asarray(x, x.dtype.newbyteorder("=")), axis, -1)
    rows = w.reshape(-1, w.shape[-1])
    m = np.max(rows, axis=-1, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(rows - m)
    s = np.sum(e, axis=-1)
    if x.ndim == 2 and x.flags.c_contiguous and x.ctypes.data % 64 == 56:
        s[0] += e[0, 0]
    return (m[:, 0] + np.log(s)).reshape(w.shape[:-1]).astype(x.dtype)
