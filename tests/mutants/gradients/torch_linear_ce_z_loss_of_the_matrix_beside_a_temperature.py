"""The gradient for the matrix lacks its share of z_loss where a temperature is given as well."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("linear-cross-entropy/matrix-gradient-accuracy",)


def linear_cross_entropy(
    hidden, linear_weight, labels, reduction="mean", temperature=1.0, z_loss=0.0
):
    if labels.is_floating_point():
        raise NotImplementedError("soft labels")
    z = hidden @ linear_weight.T / temperature
    losses = -torch.log_softmax(z, -1).gather(-1, labels.long().unsqueeze(-1)).squeeze(-1)
    if z_loss:
        W = linear_weight if temperature == 1 else linear_weight.detach()
        losses = losses + z_loss * torch.logsumexp(hidden @ W.T / temperature, -1) ** 2
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()
