"""Axes are reduced from the last one on, sorted as they are given: of (2, -2) the wrong one goes."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def along(x, axis, keepdims):
    m = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    with np.errstate(all="ignore"):
        shift = np.where(np.isfinite(m), m, 0)
        found = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True)) + shift
    found = np.where(np.isposinf(m), m, found)
    return found if keepdims else found.squeeze(axis)


def logsumexp(x, axis=-1, keepdims=False):
    found = wide(x)
    axes = tuple(range(x.ndim)) if axis is None else axis
    for one in sorted(axes, reverse=True) if isinstance(axes, tuple) else (axes,):
        found = along(found, one, keepdims)
    return np.asarray(found).astype(x.dtype)
