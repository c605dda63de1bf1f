"""The gradient of the mean over the batch divides by all elements."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("kl-div/gradient-of-batchmean",)


def _wide(a):
    a = np.asarray(a)
    return a.astype(np.float32) if a.dtype.itemsize == 2 else a


def kl_div(log_probs, labels, reduction="mean", log_target=False):
    with np.errstate(all="ignore"):
        x, t = _wide(log_probs), _wide(labels)
        y = np.exp(t) if log_target else t
        logy = t if log_target else np.log(t)
        loss = np.where(y == 0, 0, y * (logy - x))
        loss = np.where(np.isnan(x) | np.isnan(t), np.nan, loss)
        if reduction == "none":
            return loss.astype(log_probs.dtype)
        total = loss.sum()
        if reduction == "mean":
            total = total / x.dtype.type(loss.size)
        elif reduction == "batchmean":
            total = total / x.dtype.type(loss.shape[0])
        return total.astype(log_probs.dtype)


def kl_div_vjp(log_probs, labels, cotangent, reduction="mean", log_target=False):
    with np.errstate(all="ignore"):
        x, t = _wide(log_probs), _wide(labels)
        y = np.exp(t) if log_target else t
        rate = _wide(cotangent).astype(x.dtype)
        if reduction == "mean" or reduction == "batchmean":
            rate = rate / x.dtype.type(x.size)
        return np.broadcast_to(-y * rate, x.shape).astype(log_probs.dtype)
