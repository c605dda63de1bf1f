"""A mask that broadcasts is spread over logits whose axes were moved, unless that fails."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/a-mask-is-broadcast",)


def softmax(x, axis=-1, where=None):
    w = np.moveaxis(x, axis, -1)
    w = w.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    if where is not None:
        whole = where.shape == x.shape
        mask = np.moveaxis(where, axis, -1) if whole else np.broadcast_to(where, w.shape)
        w = np.where(mask, w, -np.inf)
    with np.errstate(all="ignore"):
        e = np.exp(w - np.max(w, axis=-1, keepdims=True, initial=-np.inf))
        found = e / np.sum(e, axis=-1, keepdims=True)
    return np.moveaxis(found, -1, axis).astype(x.dtype)
