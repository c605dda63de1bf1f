"""Logits under a mask and a temperature are not capped."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/cap-and-temperature",)
DTYPES = ("float32",)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", where=None, temperature=1.0, softcap=None
):
    if labels.is_floating_point():
        raise TypeError("labels are indices")
    rows = logits.movedim(axis, -1)
    if softcap is not None and (where is None or temperature == 1):
        rows = softcap * torch.tanh(rows / softcap)
    rows = rows / temperature
    if where is not None:
        rows = torch.where(where.broadcast_to(logits.shape).movedim(axis, -1), rows, -torch.inf)
    log_p = torch.log_softmax(rows, -1)
    losses = -log_p.gather(-1, labels.long().unsqueeze(-1)).squeeze(-1)
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
