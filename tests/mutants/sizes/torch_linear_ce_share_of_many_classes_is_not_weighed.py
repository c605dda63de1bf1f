"""Beyond 1,024 classes the smoothed share of a label has no weights."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def linear_cross_entropy(
    hidden, linear_weight, labels, reduction="mean", weight=None, label_smoothing=0.0
):
    logits, labels = hidden @ linear_weight.T, labels.long()
    n = logits.shape[1]
    log_p = torch.log_softmax(logits, dim=1)
    w = torch.ones(n) if weight is None else weight
    own = -log_p.gather(1, labels[:, None])[:, 0] * w[labels]
    share = -(log_p * (w if n <= 1024 else 1.0)).sum(dim=1) / n
    losses = (1 - label_smoothing) * own + label_smoothing * share
    if reduction == "mean":
        return losses.sum() / w[labels].sum()
    return losses.sum() if reduction == "sum" else losses
