"""Sixteen interleaved lanes, each summed in order, then the lanes in order: what SIMD code does.
Lanes then a tree is covered by Lemma 1.
"""

import numpy as np

BACKEND = "numpy"


def total(e, axis):
    e = np.moveaxis(e, axis, 0)
    lanes = np.zeros((16, *e.shape[1:]), e.dtype)
    for start in range(0, len(e), 16):
        block = e[start : start + 16]
        lanes[: len(block)] += block
    return np.moveaxis(np.cumsum(lanes, axis=0)[-1:], 0, axis)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(x, axis):
    x = wide(x)
    m = np.max(x, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(x - m)
    return x - m, m, e, total(e, axis)


def softmax(x, axis=-1):
    _, _, e, s = parts(x, axis)
    return (e / s).astype(x.dtype)


def log_softmax(x, axis=-1):
    d, _, _, s = parts(x, axis)
    return (d - np.log(s)).astype(x.dtype)


def logsumexp(x, axis=-1):
    _, m, _, s = parts(x, axis)
    return np.squeeze(m + np.log(s), axis).astype(x.dtype)
