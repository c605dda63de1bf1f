"""The value caps first and then divides by the temperature; the gradient is of the other order."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/gradient-of-cap-and-temperature",)
DTYPES = ("float32",)


def log_softmax(x, axis=-1, temperature=1.0, softcap=None):
    y = x.astype(np.float64)
    y = (y if softcap is None else softcap * np.tanh(y / softcap)) / temperature
    with np.errstate(all="ignore"):
        d = y - y.max(axis=axis, keepdims=True)
        return (d - np.log(np.exp(d).sum(axis=axis, keepdims=True))).astype(x.dtype)


def log_softmax_vjp(x, cotangent, axis=-1, temperature=1.0, softcap=None):
    with np.errstate(all="ignore"):
        y, slope = x.astype(np.float64) / temperature, 1 / temperature
        if softcap is not None:
            bent = np.tanh(y / softcap)
            y, slope = softcap * bent, slope * (1 - bent**2)
        e = np.exp(y - y.max(axis=axis, keepdims=True))
        g = cotangent.astype(np.float64)
        g = g - e / e.sum(axis=axis, keepdims=True) * g.sum(axis=axis, keepdims=True)
        return (slope * g).astype(x.dtype)
