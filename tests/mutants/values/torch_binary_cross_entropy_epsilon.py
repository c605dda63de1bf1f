"""log(p + 1e-8) and log(1 - p + 1e-8)."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = (
    "binary-cross-entropy/accuracy",
    "binary-cross-entropy/label-gradient-accuracy",
    "binary-cross-entropy/forward-agrees-with-reverse",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), wide(labels)
    loss = -(y * torch.log(p + 1e-8) + (1 - y) * torch.log(1 - p + 1e-8))
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.mean()
    return loss.to(probs.dtype)
