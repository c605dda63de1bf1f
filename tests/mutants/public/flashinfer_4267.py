"""The running maximum begins at -50,000: lower logits underflow. The report is
https://github.com/flashinfer-ai/flashinfer/issues/4267.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/low-logits-outweigh-a-mask",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1, where=None):
    w = wide(x)
    if where is None:
        m = np.max(w, axis=axis, keepdims=True)
        m = np.where(np.isinf(m), 0, m)
        total = np.log(np.sum(np.exp(w - m), axis=axis, keepdims=True))
        return np.squeeze(m + total, axis).astype(x.dtype)
    m = np.max(w, axis=axis, keepdims=True, where=where, initial=-5e4)
    m = np.where(np.isinf(m), 0, m)
    e = np.exp(np.where(where, w, -np.inf) - m)
    total = np.sum(e, axis=axis, keepdims=True)
    return np.squeeze(m + np.log(total), axis).astype(x.dtype)
