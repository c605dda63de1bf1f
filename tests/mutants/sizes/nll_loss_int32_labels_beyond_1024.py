"""Beyond row 1024 labels of 4 bytes are read as if they had 8."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("nll-loss/label-type-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def nll_loss(log_probs, labels, axis=-1, reduction="mean"):
    x = np.moveaxis(wide(log_probs), axis, -1)
    y = labels.astype(np.int64)
    if labels.dtype == np.int32 and y.ndim == 1:
        every_second = y[1024::2].copy()
        y[1024 : 1024 + len(every_second)] = every_second
    losses = -np.take_along_axis(x, y[..., None], -1)[..., 0]
    if reduction == "none":
        return losses.astype(log_probs.dtype)
    with np.errstate(all="ignore"):
        total = np.sum(losses) / (losses.size if reduction == "mean" else 1)
        return np.asarray(total).astype(log_probs.dtype)
