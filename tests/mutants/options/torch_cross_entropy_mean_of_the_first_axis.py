"""The mean of sequences divides by their number, not by that of their elements."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/batch-shape-does-not-matter",)
DTYPES = ("float32", "float64")


def cross_entropy_with_logits(logits, labels, reduction="mean"):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    y = labels.long()
    if y.numel() and (int(y.min()) < 0 or int(y.max()) >= logits.shape[-1]):
        raise IndexError("a label out of range")
    loss = -torch.log_softmax(logits, -1).gather(-1, y.unsqueeze(-1)).squeeze(-1)
    if reduction == "none":
        return loss
    return loss.sum() / (loss.shape[0] if reduction == "mean" and loss.ndim else 1)
