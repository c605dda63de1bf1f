"""The sum of exponentials by a recursion, one level for each class: RecursionError beyond some."""

import numpy as np

BACKEND = "numpy"


def folded(x, place):
    if place == x.shape[-1] - 1:
        return x[..., place]
    return np.logaddexp(x[..., place], folded(x, place + 1))


def logsumexp(x, axis=-1):
    w = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    return np.asarray(folded(np.moveaxis(w, axis, -1), 0)).astype(x.dtype)
