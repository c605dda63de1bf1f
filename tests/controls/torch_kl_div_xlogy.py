"""torch.xlogy less a product that is masked where the target is 0; derivatives by autograd."""

import torch

BACKEND = "torch"


def kl_div(log_probs, labels, reduction="mean", log_target=False):
    y = labels.exp() if log_target else labels
    entropy = y * labels.masked_fill(y == 0, 0) if log_target else torch.xlogy(y, y)
    losses = entropy - y * log_probs.masked_fill(y == 0, 0)
    if reduction == "batchmean":
        return losses.sum() / len(losses)
    return losses if reduction == "none" else getattr(losses, reduction)()
