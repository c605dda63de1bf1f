"""2λL of z_loss has no graph: value and gradient are right, the second derivative lacks 2λ p(p·w)."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/hessian-accuracy",)


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", z_loss=0.0
):
    if bool(((labels < 0) | (labels >= len(linear_weight))).any()):
        raise IndexError("no such class")
    z = torch.nn.functional.linear(hidden, linear_weight, linear_bias)
    lse = torch.logsumexp(z, -1)
    losses = lse - z.gather(-1, labels.long().unsqueeze(-1)).squeeze(-1)
    losses = losses + z_loss * lse.detach() * (2 * lse - lse.detach())
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
