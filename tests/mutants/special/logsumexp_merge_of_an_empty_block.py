"""Blocks of 512 classes are merged by their maxima: one without a number makes -inf - -inf."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/accuracy",)
DTYPES = ("float32", "float64")


def block(x):
    top = x.max(axis=-1, initial=-np.inf)
    shift = np.where(np.isfinite(top), top, 0)
    return top, np.exp(x - shift[..., None]).sum(axis=-1)


def logsumexp(x, axis=-1):
    x = np.moveaxis(x, axis, -1)
    n = x.shape[-1]
    top, total = block(x[..., :512])
    for k in range(512, n, 512):
        other, more = block(x[..., k : k + 512])
        new = np.maximum(top, other)
        total = total * np.exp(top - new) + more * np.exp(other - new)
        top = new
    return np.where(np.isinf(top), top, top + np.log(total)).astype(x.dtype)
