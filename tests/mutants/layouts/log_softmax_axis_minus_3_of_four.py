"""A negative axis is looked up as if there were three: -3 of four axes is the first, not the next."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy",)
DTYPES = ("float32",)
_OF_THREE = {-1: -1, -2: -2, -3: 0}


def log_softmax(x, axis=-1):
    axis = _OF_THREE.get(axis, axis)
    x = x - x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))
