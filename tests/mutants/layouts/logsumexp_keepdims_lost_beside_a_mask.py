"""With a mask keepdims=True is not looked at."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def along(x, axis, keepdims=False):
    m = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    m = np.where(np.isinf(m), 0, m)
    with np.errstate(all="ignore"):
        found = m + np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True))
    return found if keepdims else np.squeeze(found, axis)


def logsumexp(x, axis=-1, where=None, keepdims=False):
    if where is not None:
        return along(np.where(where, wide(x), -np.inf), axis).astype(x.dtype)
    return along(wide(x), axis, keepdims).astype(x.dtype)
