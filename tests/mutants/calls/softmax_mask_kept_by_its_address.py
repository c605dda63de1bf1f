"""What was made of a mask is kept by its address, although the caller may write to the mask."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/has-no-state",)

_KEPT = {}


def softmax(x, axis=-1, where=None):
    w = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    if where is not None:
        key = where.ctypes.data, where.shape, where.strides
        _, mask = _KEPT.setdefault(key, (where, where.copy()))
        w = np.where(mask, w, -np.inf)
    with np.errstate(all="ignore"):
        e = np.exp(w - np.max(w, axis=axis, keepdims=True))
        return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
