"""An integer temperature makes a quotient of integers."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/integer-options",)


def softmax(x, axis=-1, temperature=1.0):
    with np.errstate(all="ignore"):
        y = x / x.dtype.type(temperature)
        y = np.trunc(y) if isinstance(temperature, int) else y
        t = np.exp(y - y.max(axis=axis, keepdims=True, initial=-np.inf))
        return t / t.sum(axis=axis, keepdims=True)
