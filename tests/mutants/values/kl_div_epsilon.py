"""1e-8 beside y and p in the logarithms: another number where log p is far below it."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("kl-div/accuracy",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def reduced(losses, reduction, dtype):
    """The losses under their reduction."""
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return np.asarray(losses).astype(dtype)


def kl_div(log_probs, labels, reduction="mean"):
    x, y = wide(log_probs), wide(labels)
    losses = y * (np.log(y + 1e-8) - np.log(np.exp(x) + 1e-8))
    return reduced(losses, reduction, log_probs.dtype)
