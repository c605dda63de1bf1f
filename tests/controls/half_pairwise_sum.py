"""16-bit arithmetic throughout, the sum too, but in a tree of pairs: its error (1 + log2 n) u is
the sum rule of the standard grade of the 16-bit formats. Sums that may leave float16 are carried
in float32 from block to block.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16", "bfloat16")


def pairs(e):
    while len(e) > 1:
        even = len(e) // 2 * 2
        e = np.concatenate([e[0:even:2] + e[1:even:2], e[even:]])
    return e


def total(e, axis):
    e = np.moveaxis(e, axis, 0)
    if len(e) <= 32768:
        return np.moveaxis(pairs(e), 0, axis)
    blocks = [pairs(e[k : k + 32768]).astype(np.float32) for k in range(0, len(e), 32768)]
    return np.moveaxis(sum(blocks), 0, axis)


def softmax(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return (e / total(e, axis)).astype(x.dtype)


def log_softmax(x, axis=-1):
    d = x - np.max(x, axis=axis, keepdims=True)
    return (d - np.log(total(np.exp(d), axis))).astype(x.dtype)
