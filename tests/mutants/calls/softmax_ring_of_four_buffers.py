"""Results live in a ring of four buffers for each shape: the fifth call overwrites the first."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/is-computed-at-each-call",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


rings = {}


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    ring = rings.setdefault((x.shape, x.dtype.str), [np.empty(x.shape, x.dtype) for _ in range(4)])
    ring.append(ring.pop(0))
    ring[-1][...] = e / np.sum(e, axis=axis, keepdims=True)
    return ring[-1]
