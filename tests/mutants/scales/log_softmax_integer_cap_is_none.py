"""A cap that is an integer is taken for none."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/integer-options",)


def log_softmax(x, axis=-1, softcap=None):
    if isinstance(softcap, float):
        cap = x.dtype.type(softcap)
        x = cap * np.tanh(x / cap)
    with np.errstate(all="ignore"):
        d = x - x.max(axis=axis, keepdims=True, initial=-np.inf)
        return d - np.log(np.exp(d).sum(axis=axis, keepdims=True))
