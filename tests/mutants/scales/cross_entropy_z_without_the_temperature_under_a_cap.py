"""Under a cap and a temperature the z-loss is that of the logits under the cap alone."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/cap-and-temperature",)
DTYPES = ("float32",)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", temperature=1.0, softcap=None, z_loss=0.0
):
    rows = logits.movedim(axis, -1)
    scaled = rows / temperature
    if softcap is not None:
        scaled, rows = (softcap * torch.tanh(x / softcap) for x in (scaled, rows))
    z = torch.logsumexp(scaled if softcap is None else rows, -1)
    losses = F.cross_entropy(
        scaled.reshape(-1, rows.shape[-1]), labels.reshape(-1).long(), reduction="none"
    )
    losses = losses.reshape(labels.shape)
    losses = losses + z_loss * z**2 if z_loss else losses
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
