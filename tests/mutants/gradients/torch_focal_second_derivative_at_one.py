"""The gradient is right; its own derivative has a case for γ = 1, with a wrong factor."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid-focal-loss/hessian-accuracy",)


class _Backward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, g, gamma):
        ctx.save_for_backward(z, g)
        ctx.gamma = gamma
        s, q = torch.sigmoid(z), torch.sigmoid(-z)
        return g * s**gamma * (s + gamma * q * F.softplus(z))

    @staticmethod
    def backward(ctx, v):
        z, g = ctx.saved_tensors
        s, q, loss, k = torch.sigmoid(z), torch.sigmoid(-z), F.softplus(z), ctx.gamma
        bent = k * (k * q - s) * loss + ((2 * k + 1) if k != 1 else 2) * s
        return v * g * s**k * q * bent, v * s**k * (s + k * q * loss), None


class _Focal(torch.autograd.Function):
    """The loss of each element, z the logit of the wrong class."""

    @staticmethod
    def forward(ctx, z, gamma):
        ctx.save_for_backward(z)
        ctx.gamma = gamma
        return torch.sigmoid(z) ** gamma * F.softplus(z)

    @staticmethod
    def backward(ctx, g):
        return _Backward.apply(*ctx.saved_tensors, g, ctx.gamma), None


def sigmoid_focal_loss(logits, labels, reduction="mean", alpha=None, gamma=2.0):
    losses = _Focal.apply(torch.where(labels == 1, -logits, logits), gamma)
    if alpha is not None:
        losses = losses * torch.where(labels == 1, alpha, 1 - alpha)
    return losses if reduction == "none" else getattr(losses, reduction)()
