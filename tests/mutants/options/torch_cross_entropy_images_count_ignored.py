"""Logits of four axes have a path of their own, whose mean counts the ignored pixels."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy", "cross-entropy-with-logits/gradient-accuracy")
DTYPES = ("float32", "float64")


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", ignore_index=None):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    labels, x = labels.long(), logits.movedim(axis, -1)
    kept = torch.ones_like(labels, dtype=torch.bool)
    if ignore_index is not None:
        kept = labels != ignore_index
    y = torch.where(kept, labels, 0)
    if y.numel() and (int(y.min()) < 0 or int(y.max()) >= x.shape[-1]):
        raise IndexError("a label out of range")
    loss = -torch.log_softmax(x, -1).gather(-1, y[..., None])[..., 0]
    loss = torch.where(kept, loss, 0)
    if reduction == "none":
        return loss
    count = labels.numel() if logits.ndim == 4 else kept.sum()
    return loss.sum() / (count if reduction == "mean" else 1)
