"""In the mean of floating labels the z-loss is that of the logits before the temperature."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)
DTYPES = ("float32",)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", temperature=1.0, z_loss=0.0
):
    rows = logits.movedim(axis, -1)
    scaled = rows / temperature
    soft = labels.is_floating_point()
    share = labels.movedim(axis, -1) if soft else F.one_hot(labels.long(), rows.shape[-1])
    log_p = torch.log_softmax(scaled, -1)
    losses = -torch.where(share == 0, 0, share * log_p).sum(-1)
    if z_loss:
        z = torch.logsumexp(rows if soft and reduction == "mean" else scaled, -1)
        losses = losses + z_loss * z**2
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
