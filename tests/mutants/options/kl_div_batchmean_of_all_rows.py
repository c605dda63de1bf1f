"""The sum over the batch divides by the rows: of three axes, by the first two."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("kl-div/batchmean-is-sum-over-batch",)


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
        losses = np.where(y == 0, 0, y * (log_y - x))
    if reduction == "batchmean":
        return np.asarray(losses.sum() / (losses.size // losses.shape[-1])).astype(log_probs.dtype)
    return reduced(losses, reduction, log_probs.dtype)
