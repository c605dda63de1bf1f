"""16-bit arithmetic throughout, the sum too, but in a tree of pairs: its error (1 + log2 n) u is
the sum rule of the standard grade of the 16-bit formats.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16", "bfloat16")


def total(e, axis):
    e = np.moveaxis(e, axis, 0)
    while len(e) > 1:
        even = len(e) // 2 * 2
        e = np.concatenate([e[0:even:2] + e[1:even:2], e[even:]])
    return np.moveaxis(e, 0, axis)


def softmax(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return (e / total(e, axis)).astype(x.dtype)


def log_softmax(x, axis=-1):
    d = x - np.max(x, axis=axis, keepdims=True)
    return (d - np.log(total(np.exp(d), axis))).astype(x.dtype)
