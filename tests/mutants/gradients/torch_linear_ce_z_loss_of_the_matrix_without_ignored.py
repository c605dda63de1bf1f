"""z_loss has no part in the gradient for the matrix where an index is ignored; it has in that for
the rows, and in both without the option.
"""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("linear-cross-entropy/matrix-gradient-accuracy",)


def linear_cross_entropy(
    hidden, linear_weight, labels, reduction="mean", ignore_index=None, label_smoothing=0.0,
    z_loss=0.0,
):  # fmt: skip
    if labels.is_floating_point():
        raise NotImplementedError("labels of floating numbers")
    ignored = -(10**9) if ignore_index is None else ignore_index
    kept, labels = labels != ignored, labels.long()
    losses = torch.nn.functional.cross_entropy(
        hidden @ linear_weight.T, labels, reduction="none", ignore_index=ignored,
        label_smoothing=label_smoothing,
    )  # fmt: skip
    if z_loss:
        matrix = linear_weight if ignore_index is None else linear_weight.detach()
        losses = losses + z_loss * torch.logsumexp(hidden @ matrix.T, -1) ** 2
    losses = torch.where(kept, losses, 0)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / kept.sum()
