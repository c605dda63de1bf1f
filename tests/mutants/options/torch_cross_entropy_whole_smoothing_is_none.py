"""Only smoothings inside (0, 1) are taken for one: with 1 the labels count, not all classes."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)
DTYPES = ("float32",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    if label_smoothing >= 1:
        label_smoothing = 0.0
    logits = torch.movedim(logits, axis, -1)
    batch, classes = logits.shape[:-1], logits.shape[-1]
    if labels.is_floating_point():
        labels = torch.movedim(labels, axis, -1).reshape(-1, classes)
    else:
        labels = labels.reshape(-1)
    losses = torch.nn.functional.cross_entropy(
        logits.reshape(-1, classes), labels, reduction=reduction, label_smoothing=label_smoothing
    )
    return losses.reshape(batch) if reduction == "none" else losses
