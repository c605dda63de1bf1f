"""The gradient is right; its own derivative takes the power for a constant."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid-focal-loss/hessian-accuracy",)


class _Focal(torch.autograd.Function):
    """The loss of each element, z the logit of the wrong class."""

    @staticmethod
    def forward(ctx, z, gamma):
        ctx.save_for_backward(z)
        ctx.gamma = gamma
        return torch.sigmoid(z) ** gamma * F.softplus(z)

    @staticmethod
    def backward(ctx, g):
        (z,) = ctx.saved_tensors
        power = (torch.sigmoid(z) ** ctx.gamma).detach()
        slope = torch.sigmoid(z) + ctx.gamma * torch.sigmoid(-z) * F.softplus(z)
        return g * power * slope, None


def sigmoid_focal_loss(logits, labels, reduction="mean", alpha=None, gamma=2.0):
    losses = _Focal.apply(torch.where(labels == 1, -logits, logits), gamma)
    if alpha is not None:
        losses = losses * torch.where(labels == 1, alpha, 1 - alpha)
    return losses if reduction == "none" else getattr(losses, reduction)()
