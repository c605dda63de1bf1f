"""Soft labels have a gradient, but not where they are smoothed."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/label-gradient-accuracy",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    if not labels.is_floating_point():
        raise NotImplementedError("class indices")
    x, q = logits.movedim(axis, -1), labels.movedim(axis, -1)
    if label_smoothing:
        q = (1 - label_smoothing) * q.detach() + label_smoothing / x.shape[-1]
    losses = -torch.where(q == 0, 0, q * torch.log_softmax(x, -1)).sum(-1)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()
