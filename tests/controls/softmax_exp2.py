"""e^d is computed as 2^(d log2 e), as GPU kernels do. The rounded product costs 1.5 u|d|, which c_d
= 2.5 of the standard grade covers.
"""

import numpy as np

BACKEND = "numpy"


LOG2E = 1.4426950408889634


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(x, axis):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp2((w - m) * w.dtype.type(LOG2E))
    return w - m, m, e, np.sum(e, axis=axis, keepdims=True)


def softmax(x, axis=-1):
    _, _, e, s = parts(x, axis)
    return (e / s).astype(x.dtype)


def log_softmax(x, axis=-1):
    d, _, _, s = parts(x, axis)
    return (d - np.log2(s) / s.dtype.type(LOG2E)).astype(x.dtype)


def logsumexp(x, axis=-1):
    _, m, _, s = parts(x, axis)
    return np.squeeze(m + np.log2(s) / s.dtype.type(LOG2E), axis).astype(x.dtype)
