"""Class 0 is padding unless another is named; weights of rows beside those of classes."""

import numpy as np

BACKEND = "numpy"


def cross_entropy_with_logits(
    logits, labels, weight=None, class_weight=None, reduction="mean", ignore_index=0
):
    if labels.dtype.kind == "f":
        raise ValueError("class indices only")
    keep = labels != ignore_index
    if (keep & ((labels < 0) | (labels >= logits.shape[-1]))).any():
        raise ValueError("a label is no class")
    if weight is not None and weight.shape != labels.shape:
        raise ValueError("weight is that of the rows")
    wide = np.float64 if logits.dtype == np.float32 else np.longdouble
    w, index = logits.astype(wide), np.where(keep, labels, 0)[..., None]
    with np.errstate(all="ignore"):
        d = w - w.max(axis=-1, keepdims=True)
        each = np.log(np.exp(d).sum(axis=-1)) - np.take_along_axis(d, index, -1)[..., 0]
        counts = keep.astype(wide)
        if weight is not None:
            counts = counts * weight
        if class_weight is not None:
            counts = counts * class_weight[index[..., 0]]
        each = np.where(counts == 0, 0, counts * each)
        if reduction != "none":
            each = each.sum() / (counts.sum() if reduction == "mean" else 1)
    return np.asarray(each).astype(logits.dtype)
