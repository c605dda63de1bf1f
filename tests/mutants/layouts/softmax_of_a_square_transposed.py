"""Along the first axis a square is worked on transposed, and returned so."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    wide = x.astype(np.float32) if x.dtype.itemsize == 2 else x
    turned = wide.ndim == 2 and axis in (0, -2)
    rows = wide.T if turned else np.moveaxis(wide, axis, -1)
    e = np.exp(rows - rows.max(axis=-1, keepdims=True))
    p = (e / e.sum(axis=-1, keepdims=True)).astype(x.dtype)
    if turned and p.shape[0] == p.shape[1]:
        return p
    return np.moveaxis(p, -1, axis)
