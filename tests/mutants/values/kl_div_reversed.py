"""KL of the prediction from the target: the arguments the other way round."""

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


def kl_div(log_probs, labels, reduction="mean"):
    x, y = wide(log_probs), wide(labels)
    with np.errstate(all="ignore"):
        p = np.exp(x)
        losses = np.where((y == 0) | (p == 0), 0, p * (x - np.log(y)))
    return reduced(losses, reduction, log_probs.dtype)
