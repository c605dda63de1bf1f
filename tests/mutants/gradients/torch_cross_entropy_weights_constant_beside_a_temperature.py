"""Class weights have a gradient, but not beside a temperature."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/weight-gradient-accuracy",)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, temperature=1.0
):
    if labels.is_floating_point():
        raise NotImplementedError("soft labels")
    x, y = logits.movedim(axis, -1) / temperature, labels.long()
    losses = -torch.log_softmax(x, -1).gather(-1, y.unsqueeze(-1)).squeeze(-1)
    total = torch.tensor(y.numel(), dtype=x.dtype)
    if weight is not None:
        weights = (weight if temperature == 1 else weight.detach()).to(x.dtype)[y]
        losses, total = losses * weights, weights.sum()
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / total
