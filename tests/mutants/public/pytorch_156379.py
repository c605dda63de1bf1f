"""log_softmax of half formats along an axis before the last: of 32 lanes the upper 16 are shifted
by the maxima of the lower 16. The fix, whose author could not make a test fail, is
https://github.com/pytorch/pytorch/pull/156379.
"""

import math

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy",)
LANES = 32


def log_softmax(x, axis=-1):
    half = x.dtype.itemsize == 2
    w = x.astype(np.float32 if half else x.dtype.newbyteorder("="))
    m = np.max(w, axis=axis, keepdims=True)
    inner = math.prod(x.shape[axis % x.ndim + 1 :])
    if half and inner >= LANES:
        m = np.ascontiguousarray(m)
        columns = m.reshape(-1, inner)
        for first in range(0, inner - LANES + 1, LANES):
            columns[:, first + 16 : first + 32] = columns[:, first : first + 16]
        m = columns.reshape(m.shape)
    d = w - m
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)
