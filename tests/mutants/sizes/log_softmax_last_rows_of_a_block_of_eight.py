"""From 64 rows on eight go together; of those left over all but the first take its maximum."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy",)


def log_softmax(x, axis=-1):
    wide = np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("=")
    z = np.moveaxis(x, axis, -1).astype(wide)
    rows = z.reshape(-1, z.shape[-1])
    top = rows.max(axis=-1, keepdims=True, initial=-np.inf)
    left = len(rows) % 8
    if len(rows) >= 64 and left > 1:
        top[-left + 1 :] = top[-left]
    d = rows - top
    out = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return np.moveaxis(out.reshape(z.shape).astype(x.dtype), -1, axis)
