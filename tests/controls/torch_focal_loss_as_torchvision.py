"""(1 - p_t)^γ with p_t = p·y + (1 - p)(1 - y), as torchvision writes it; derivatives by autograd."""

import torch
import torch.nn.functional as F

BACKEND = "torch"


def sigmoid_focal_loss(logits, labels, reduction="mean", alpha=None, gamma=2.0):
    p = torch.sigmoid(logits)
    losses = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    p_t = p * labels + (1 - p) * (1 - labels)
    losses = losses * ((1 - p_t) ** gamma)
    if alpha is not None:
        losses = (alpha * labels + (1 - alpha) * (1 - labels)) * losses
    return losses if reduction == "none" else getattr(losses, reduction)()
