"""The gradient of the z-loss of ignored rows is there if losses are summed."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/gradient-accuracy",)
DTYPES = ("float64", "float32")


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", ignore_index=-100, z_loss=0.0
):
    x = logits.movedim(axis, -1).reshape(-1, logits.shape[axis])
    loss = F.cross_entropy(x, labels.reshape(-1), reduction="none", ignore_index=ignore_index)
    lse, kept = torch.logsumexp(x, -1), labels.reshape(-1) != ignore_index
    z = z_loss * lse * lse if z_loss else torch.zeros_like(lse)
    if reduction == "sum":
        loss = loss + z - torch.where(kept, 0, z).detach()
    else:
        loss = loss + torch.where(kept, z, 0)
    if reduction == "none":
        return loss.reshape(labels.shape)
    return loss.sum() / kept.sum() if reduction == "mean" else loss.sum()
