"""Under a cap and a temperature, what is masked is filled with −c, which is not −∞."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/cap-and-temperature",)


def softmax(x, axis=-1, where=None, temperature=1.0, softcap=None):
    c, t = softcap, x.dtype.type(temperature)
    with np.errstate(all="ignore"):
        z = x / t if c is None else x.dtype.type(c) * np.tanh(x / t / x.dtype.type(c))
        if where is not None:
            low = -np.inf if c is None or temperature == 1 else -c
            z = np.where(where, z, x.dtype.type(low))
        m = z.max(axis=axis, keepdims=True, initial=-np.inf)
        e = np.exp(z - np.where(np.isneginf(m), 0, m))
        return (e / e.sum(axis=axis, keepdims=True)).astype(x.dtype)
