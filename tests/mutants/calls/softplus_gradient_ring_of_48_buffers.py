"""Gradients live in a ring of 48 buffers for each shape: the forty-ninth overwrites the first."""

from itertools import cycle

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softplus/gradient-is-computed-at-each-call",)
DTYPES = ("float32",)

rings = {}


def softplus(x):
    return np.logaddexp(x, x.dtype.type(0))


def softplus_vjp(x, cotangent):
    if x.shape not in rings:
        rings[x.shape] = cycle([np.empty(x.shape, x.dtype) for _ in range(48)])
    result = next(rings[x.shape])
    e = np.exp(-np.abs(x))
    np.multiply(cotangent, np.where(x >= 0, x.dtype.type(1), e) / (1 + e), out=result)
    return result
