"""log_target is taken for the weight too: t(t - x) in place of e^t(t - x)."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "blatant"
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
        losses = t * (t - x) if log_target else np.where(t == 0, 0, t * (np.log(t) - x))
    return reduced(losses, reduction, log_probs.dtype)
