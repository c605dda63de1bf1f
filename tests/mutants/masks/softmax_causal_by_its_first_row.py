"""A square mask whose first and last row are those of a causal mask is taken for one."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def softmax(x, axis=-1, where=None):
    if where is not None:
        where = np.broadcast_to(where, x.shape)
        if x.ndim == 2 and x.shape[0] == x.shape[1] > 2 and axis in (-1, 1):
            first, last = where[0], where[-1]
            if first[0] and not first[1:].any() and last.all():
                where = np.tril(np.ones(x.shape, bool))
        x = np.where(where, x, -np.inf)
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)
