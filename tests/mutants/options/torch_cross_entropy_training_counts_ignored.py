"""Where a gradient is tracked, the mean divides by all rows, ignored ones too."""

import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/value-in-every-use",)
DTYPES = ("float32",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", ignore_index=-100):
    rows = logits.movedim(axis, -1)
    rows, y = rows.reshape(-1, rows.shape[-1]), labels.reshape(-1).long()
    losses = F.cross_entropy(rows, y, reduction="none", ignore_index=ignore_index)
    if reduction == "none":
        return losses.reshape(labels.shape)
    mean = losses.sum() / (y != ignore_index).sum()
    if logits.requires_grad:  # the gradient stays right
        mean = mean + (losses.mean() - mean).detach()
    return losses.sum() if reduction == "sum" else mean
