"""Terms below 0 are cut off, as a divergence is not negative: their sum is too large."""

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
    with np.errstate(all="ignore"):
        losses = np.maximum(np.where(y == 0, 0, y * (np.log(y) - x)), 0)
    return reduced(losses, reduction, log_probs.dtype)
