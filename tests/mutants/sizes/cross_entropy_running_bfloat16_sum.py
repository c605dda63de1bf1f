"""Blocks of 128 classes are added up in bfloat16, where the sum stands still at 2^15."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)
DTYPES = ("bfloat16",)


def cross_entropy_with_logits(logits, labels, reduction="mean"):
    if labels.dtype.kind not in "iu":
        raise TypeError("class indices only")
    d = logits - logits.max(axis=-1, keepdims=True)
    total = np.zeros(labels.shape, logits.dtype)
    for start in range(0, logits.shape[-1], 128):
        block = np.exp(d[..., start : start + 128]).astype(np.float32)
        total = (total + block.sum(axis=-1).astype(logits.dtype)).astype(logits.dtype)
    at_label = np.take_along_axis(d, labels[..., np.newaxis].astype(np.int64), -1)[..., 0]
    losses = np.log(total) - at_label
    if reduction != "none":
        wide = losses.astype(np.float32)
        losses = wide.sum() if reduction == "sum" else wide.mean()
    return np.asarray(losses).astype(logits.dtype)
