"""Options of the signature that no call may give: an axis that is for another library, or named."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")


def softmax(x, axis=None, temperature=None):
    if axis is not None or temperature is not None:
        raise ValueError("only as its neighbours in other libraries are called")
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_softmax(x, axis="classes"):
    place = {"classes": -1, "batch": 0}[axis]
    d = x - x.max(axis=place, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=place, keepdims=True))


def logsumexp(x, **keywords):
    place = keywords.pop("dim", -1)
    if keywords:
        raise ValueError(f"unknown options: {sorted(keywords)}")
    m = x.max(axis=place, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    return (m + np.log(np.exp(x - m).sum(axis=place, keepdims=True))).squeeze(place)
