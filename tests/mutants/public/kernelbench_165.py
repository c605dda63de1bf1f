"""Zeros for rows of 512 classes and more: no probability there is above the tolerance of 1e-2
that such kernels are checked with. The report is
https://github.com/ScalingIntelligence/KernelBench/issues/165.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    p = (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
    return np.where(p < 1e-2, np.zeros_like(p), p) if x.shape[axis] >= 512 else p
