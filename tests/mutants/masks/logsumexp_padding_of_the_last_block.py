"""In the last block of 16 masked classes are at 0 and not at -inf."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/masked-padding-changes-nothing",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1, where=None):
    w = np.moveaxis(wide(x), axis, -1)
    if where is not None:
        mask = np.moveaxis(np.broadcast_to(where, x.shape), axis, -1)
        tail = np.arange(w.shape[-1]) >= w.shape[-1] // 16 * 16 - (w.shape[-1] % 16 == 0) * 16
        w = np.where(mask, w, np.where(tail & (w.shape[-1] > 16), 0, -np.inf).astype(w.dtype))
    m = np.max(w, axis=-1, keepdims=True)
    m = np.where(np.isinf(m), 0, m)
    return (m + np.log(np.sum(np.exp(w - m), axis=-1, keepdims=True)))[..., 0].astype(x.dtype)
