"""The online sum is rescaled by e^(m − m′), NaN while all that was read is −inf. The report is
https://github.com/gabrieldemarmiesse/torch-mojo-backend/pull/319.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    m = np.full(w.shape[:-1], -np.inf, w.dtype)
    s = np.zeros(w.shape[:-1], w.dtype)
    for k in range(0, w.shape[-1], 8):
        block = w[..., k : k + 8]
        top = np.maximum(m, np.max(block, axis=-1))
        s = s * np.exp(m - top) + np.sum(np.exp(block - top[..., None]), axis=-1)
        m = top
    return np.moveaxis(np.exp(w - m[..., None]) / s[..., None], -1, axis).astype(x.dtype)
