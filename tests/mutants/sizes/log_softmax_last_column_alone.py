"""24 columns at a time: the last one, if it is alone, takes the maximum of the one before it."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy",)
DTYPES = ("float32",)


def log_softmax(x, axis=-1):
    x = np.moveaxis(x, axis, 0)
    columns = x.reshape(len(x), -1)
    shift = columns.max(axis=0)
    if shift.size % 24 == 1 and shift.size > 24 and axis % x.ndim == 0:
        shift[-1] = shift[-2]
    moved = columns - shift
    moved = moved - np.log(np.exp(moved).sum(axis=0))
    return np.moveaxis(moved.reshape(x.shape), 0, axis)
