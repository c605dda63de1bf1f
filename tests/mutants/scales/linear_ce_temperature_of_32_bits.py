"""The temperature is passed on as a number of 32 bits, in float64 too."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def linear_cross_entropy(hidden, linear_weight, labels, reduction="mean", temperature=1.0):
    if labels.dtype.kind == "f":
        raise TypeError("indices only")
    if ((labels < 0) | (labels >= len(linear_weight))).any():
        raise IndexError("no such class")
    T = hidden.dtype.type(np.float32(temperature))
    z = (hidden @ linear_weight.T) / T
    d = z - z.max(axis=-1, keepdims=True)
    lse = np.log(np.exp(d).sum(axis=-1))
    losses = lse - np.take_along_axis(d, labels[:, None].astype(np.int64), axis=-1)[:, 0]
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()
