"""From 16 classes on the last one is read with fmax(x, lowest): NaN there is the lowest number."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/nan-at-any-place",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    if w.shape[-1] >= 16:
        last = np.where(np.isnan(w[..., -1:]), np.finfo(w.dtype).min, w[..., -1:])
        w = np.concatenate([w[..., :-1], last.astype(w.dtype)], axis=-1)
    d = w - np.max(w, axis=-1, keepdims=True)
    found = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    return np.moveaxis(found, -1, axis).astype(x.dtype)
