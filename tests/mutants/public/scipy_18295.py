"""logsumexp([0, −40]) is 0: log(1 + T) rounds T away. The report is
https://github.com/scipy/scipy/issues/18295.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/relative-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0).astype(w.dtype)
    total = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(total), axis).astype(x.dtype)
