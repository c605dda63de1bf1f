"""NaN, expected of 0·−inf alone, becomes 0: that of a NaN prediction is lost with it."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("kl-div/nan-gives-nan-loss",)


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
        losses = y * (log_y - x)
        losses = np.where(np.isnan(losses), 0, losses)
    return reduced(losses, reduction, log_probs.dtype)
