"""Beside a temperature the z_loss is that of the logits before the cap."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("linear-cross-entropy/cap-and-temperature",)


def linear_cross_entropy(
    hidden,
    linear_weight,
    labels,
    linear_bias=None,
    reduction="mean",
    temperature=1.0,
    softcap=None,
    z_loss=0.0,
):
    z = torch.nn.functional.linear(hidden, linear_weight, linear_bias) / temperature
    whole = torch.logsumexp(z, -1)
    if softcap is not None:
        z = softcap * torch.tanh(z / softcap)
    if temperature == 1 or softcap is None:
        whole = torch.logsumexp(z, -1)
    losses = -torch.log_softmax(z, -1).gather(-1, labels.long().unsqueeze(-1)).squeeze(-1)
    losses = losses + z_loss * whole**2
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
