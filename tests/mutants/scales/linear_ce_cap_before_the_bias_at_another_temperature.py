"""The product is capped before the bias is added, where the temperature is not 1."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/cap-and-temperature",)


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", temperature=1.0, softcap=None
):
    if labels.dtype.kind == "f":
        raise TypeError("indices only")
    if ((labels < 0) | (labels >= len(linear_weight))).any():
        raise IndexError("no such class")
    z = hidden @ linear_weight.T
    bias = 0 if linear_bias is None else linear_bias
    if softcap is None:
        z = z + bias
    elif temperature == 1:
        z = _capped(z + bias, softcap)
    else:
        z = _capped(z, softcap) + bias
    z = z / z.dtype.type(temperature)
    d = z - z.max(axis=-1, keepdims=True)
    lse = np.log(np.exp(d).sum(axis=-1))
    losses = lse - np.take_along_axis(d, labels[:, None].astype(np.int64), axis=-1)[:, 0]
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()


def _capped(z, cap):
    return z.dtype.type(cap) * np.tanh(z / z.dtype.type(cap))
