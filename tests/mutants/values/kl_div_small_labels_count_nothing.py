"""A label of 1e-20 and less counts nothing, whatever its class costs."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("kl-div/accuracy",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def reduced(losses, reduction, dtype):
    """The losses under their reduction."""
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return np.asarray(losses).astype(dtype)


def kl_div(log_probs, labels, reduction="mean", log_target=False):
    x, t = wide(log_probs), wide(labels)
    with np.errstate(all="ignore"):
        y, log_y = (np.exp(t), t) if log_target else (t, np.log(t))
        losses = np.where(y <= 1e-20, 0, y * (log_y - x))
    return reduced(losses, reduction, log_probs.dtype)
