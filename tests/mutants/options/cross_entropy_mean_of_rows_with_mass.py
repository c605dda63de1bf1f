"""The mean of soft labels leaves out rows without mass, as if they were padding."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)
DTYPES = ("float32",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if labels.dtype.kind != "f":
        raise NotImplementedError("distributions only")
    with np.errstate(all="ignore"):
        d = logits.astype(np.float64) - logits.max(axis=axis, keepdims=True)
        log_p = d - np.log(np.exp(d).sum(axis=axis, keepdims=True))
        loss = -np.where(labels == 0, 0, labels * log_p).sum(axis=axis)
        if reduction != "none":
            rows = np.any(labels != 0, axis=axis).sum()
            loss = loss.sum() / (max(rows, 1) if reduction == "mean" else 1)
    return np.asarray(loss).astype(logits.dtype)
