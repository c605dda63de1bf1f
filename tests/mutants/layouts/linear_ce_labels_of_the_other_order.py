"""Labels of two axes are read in the other order."""

import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/batch-shape-does-not-matter",)
DTYPES = ("float32",)


def linear_cross_entropy(hidden, linear_weight, labels, linear_bias=None, reduction="mean"):
    y = labels.T if labels.ndim == 2 else labels
    logits = F.linear(hidden.reshape(-1, hidden.shape[-1]), linear_weight, linear_bias)
    losses = F.cross_entropy(logits, y.reshape(-1).long(), reduction=reduction)
    return losses.reshape(labels.shape) if reduction == "none" else losses
