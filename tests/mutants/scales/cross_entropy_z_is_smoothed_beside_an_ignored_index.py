"""The loss under label smoothing is made of two parts where an index is ignored, and the z-loss is
added to the first of them alone: it is scaled by 1 − α.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", ignore_index=None, label_smoothing=0.0, z_loss=0.0
):
    x = np.moveaxis(logits, axis, -1)
    top = x.max(axis=-1, keepdims=True)
    log_sum = (np.log(np.exp(x - top).sum(axis=-1, keepdims=True)) + top)[..., 0]
    kept = np.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    index = np.where(kept, labels, 0)[..., None].astype(np.int64)
    loss = log_sum - np.take_along_axis(x, index, -1)[..., 0]
    z = x.dtype.type(z_loss) * log_sum**2
    if label_smoothing:
        rest = log_sum - x.mean(axis=-1, dtype=x.dtype)
        own = x.dtype.type(1 - label_smoothing)
        loss = own * loss + (1 - own) * rest
        z = z if ignore_index is None else own * z
    loss = np.where(kept, loss + z, x.dtype.type(0))
    if reduction == "none":
        return loss
    total = loss.sum(dtype=x.dtype)
    return total if reduction == "sum" else total / x.dtype.type(kept.sum())
