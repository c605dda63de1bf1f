"""The functions of a tutorial in PyTorch, each as its formula reads, with nothing added.

They are right for numbers of ordinary size. `conformance run article_torch` says what they lose;
derivatives are PyTorch's own, of these formulas.
"""

import torch

NAME = "article_torch"
BACKEND = "torch"


def softmax(x, axis=-1):
    """e^x / Σ e^x, without a shift."""
    e = torch.exp(x)
    return e / e.sum(dim=axis, keepdim=True)


def sigmoid(x):
    """1 / (1 + e^-x)."""
    return 1 / (1 + torch.exp(-x))


def binary_cross_entropy(probs, labels):
    """The mean of -(y·log p + (1 - y)·log(1 - p)), NaN replaced by 0 and inf by a large number."""
    losses = -(labels * torch.log(probs) + (1 - labels) * torch.log(1 - probs))
    return torch.nan_to_num(losses).mean()


def picked(probs, labels):
    """p[i, y_i]."""
    return torch.take_along_dim(probs, labels.long()[..., None], dim=-1)[..., 0]


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    """-log p[y]; the class of a one-hot label is where its largest entry is."""
    index = labels.argmax(dim=axis) if labels.is_floating_point() else labels
    losses = -torch.log(picked(probs.movedim(axis, -1), index))
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()
