"""Beyond 2048 classes the mask is packed in words of 64: the last one, a part, counts as true."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/no-mass-where-masked",)


def softmax(x, axis=-1, where=None):
    w = np.moveaxis(x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype), axis, -1)
    n = w.shape[-1]
    if where is not None:
        mask = np.moveaxis(np.broadcast_to(where, x.shape), axis, -1)
        rest = (np.arange(n) >= n // 64 * 64) & (n > 2048)
        w = np.where(mask | rest, w, -np.inf)
    e = np.exp(w - np.max(w, axis=-1, keepdims=True))
    return np.moveaxis((e / np.sum(e, axis=-1, keepdims=True)).astype(x.dtype), -1, axis)
