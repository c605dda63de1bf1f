"""The classes beyond the last multiple of 8 are compared with fmax, and NaN among them is 0."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/nan-at-any-place",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    whole = w.shape[-1] // 8 * 8
    if whole:
        w = np.concatenate([w[..., :whole], np.nan_to_num(w[..., whole:], nan=-np.inf,
                            posinf=np.inf, neginf=-np.inf)], axis=-1)  # fmt: skip
    e = np.exp(w - np.max(w, axis=-1, keepdims=True))
    return np.moveaxis(e / np.sum(e, axis=-1, keepdims=True), -1, axis).astype(x.dtype)
