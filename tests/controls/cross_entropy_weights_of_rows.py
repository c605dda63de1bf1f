"""Its weights are those of the rows, and it refuses others: in squares they look like both."""

import numpy as np

BACKEND = "numpy"


def cross_entropy_with_logits(logits, labels, weight=None, reduction="mean"):
    if labels.dtype.kind == "f" or ((labels < 0) | (labels >= logits.shape[-1])).any():
        raise ValueError("class indices only")
    if weight is not None and weight.shape != labels.shape:
        raise ValueError("weight has an entry for each row")
    w = logits.astype(np.float64 if logits.dtype == np.float32 else np.longdouble)
    with np.errstate(all="ignore"):
        d = w - w.max(axis=-1, keepdims=True)
        each = np.log(np.exp(d).sum(axis=-1))
        each = each - np.take_along_axis(d, labels[..., None], -1)[..., 0]
        if weight is not None:
            each = np.where(weight == 0, 0, weight * each)
        each = each if reduction == "none" else getattr(each, reduction)()
    return np.asarray(each).astype(logits.dtype)
