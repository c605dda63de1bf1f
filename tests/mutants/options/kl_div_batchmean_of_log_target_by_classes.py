"""The sum over the batch divides by the classes where the targets are logarithms."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("kl-div/batchmean-of-log-target",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def kl_div(log_probs, labels, reduction="mean", log_target=False):
    x, t = wide(log_probs), wide(labels)
    with np.errstate(all="ignore"):
        y, log_y = (np.exp(t), t) if log_target else (t, np.log(t))
        losses = np.where(y == 0, 0, y * (log_y - x))
    if reduction == "batchmean":
        losses = losses.sum() / losses.shape[-1 if log_target else 0]
    elif reduction != "none":
        losses = getattr(losses, reduction)()
    return np.asarray(losses).astype(log_probs.dtype)
