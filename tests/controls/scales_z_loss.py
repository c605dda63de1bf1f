"""λ·logsumexp² beside each loss that is kept, by PyTorch's own functions."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32", "bfloat16")  # its float16 sums overflow


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", ignore_index=None, label_smoothing=0.0, z_loss=0.0
):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    if logits.numel() == 0:
        raise ValueError("no logits")
    x = logits.movedim(axis, -1)
    labels = labels.long()
    kept = (
        torch.ones_like(labels, dtype=torch.bool)
        if ignore_index is None
        else labels != ignore_index
    )
    if ((labels < 0) | (labels >= x.shape[-1]))[kept].any():
        raise IndexError("a label is no class")
    y = torch.log_softmax(x, -1)
    at = -y.gather(-1, labels.where(kept, 0).unsqueeze(-1)).squeeze(-1)
    losses = at
    if label_smoothing:
        losses = (1 - label_smoothing) * at + label_smoothing * y.neg().mean(-1)
    losses = losses.where(kept, 0)
    if z_loss:
        losses = losses + (z_loss * torch.logsumexp(x, -1) ** 2).where(kept, 0)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / kept.sum()
