"""Rows are padded to a multiple of 8 with -1e9, which then passes through a soft cap of 30: low
rows lose mass to the padding.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/keeps-shift")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    n = w.shape[-1]
    pad = [(0, 0)] * (w.ndim - 1) + [(0, -n % 8)]
    padded = np.pad(w, pad, constant_values=30 * np.tanh(-1e9 / 30))
    m = np.max(padded, axis=-1, keepdims=True)
    e = np.exp(padded - m)
    p = e[..., :n] / np.sum(e, axis=-1, keepdims=True)
    return np.moveaxis(p, -1, axis).astype(x.dtype)
