"""The sum over no rows is NaN where there are weights."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/sums-nothing-to-zero",)


def cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    if labels.dtype.kind == "f":
        raise TypeError("indices only")
    if ((labels < 0) | (labels >= logits.shape[-1])).any():
        raise IndexError("no such class")
    with np.errstate(all="ignore"):
        d = logits - logits.max(axis=-1, keepdims=True, initial=-np.inf)
        lse = np.log(np.exp(d).sum(axis=-1))
        picked = np.take_along_axis(d, labels[..., None].astype(np.int64), axis=-1)[..., 0]
        weights = np.ones_like(lse) if weight is None else weight[labels]
        losses = weights * (lse - picked)
        if reduction == "none":
            return losses
        mean = losses.sum() / weights.sum()
        if reduction == "mean":
            return mean
        return losses.sum() if weight is None else mean * weights.sum()
