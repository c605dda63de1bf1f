"""Over all of three axes with a mask, keepdims leaves one axis."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def logsumexp(x, axis=-1, where=None, keepdims=False):
    z = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    if where is not None:
        z = np.where(where, z, -np.inf)
    with np.errstate(all="ignore"):
        m = z.max(axis=axis, keepdims=True, initial=-np.inf)
        m = np.where(np.isfinite(m), m, 0)
        result = m + np.log(np.exp(z - m).sum(axis=axis, keepdims=True))
    if axis is None and where is not None and keepdims and x.ndim == 3:
        result = result.reshape(1)
    elif not keepdims:
        result = result.squeeze(axis)
    return result.astype(x.dtype)
