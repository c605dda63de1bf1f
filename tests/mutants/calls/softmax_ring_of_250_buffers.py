"""Results live in a ring of 250 buffers for each shape, enough for every program its author had."""

from itertools import cycle

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/is-computed-at-each-call",)
DTYPES = ("float32",)

rings = {}


def softmax(x, axis=-1):
    if x.shape not in rings:
        rings[x.shape] = cycle([np.empty(x.shape, x.dtype) for _ in range(250)])
    result = next(rings[x.shape])
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    np.divide(e, np.sum(e, axis=axis, keepdims=True), out=result)
    return result
