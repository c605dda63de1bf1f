"""A mask, a cap, a temperature and a z-loss in one torch loss, left to autograd."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32", "bfloat16")  # its float16 sums overflow


def _made(x, where, temperature, softcap):
    x = x if softcap is None else softcap * torch.tanh(x / softcap)
    x = x / temperature
    return x if where is None else x.masked_fill(~where, -torch.inf)


def softmax(x, axis=-1, where=None, temperature=1.0, softcap=None):
    return torch.softmax(_made(x, where, temperature, softcap), axis)


def log_softmax(x, axis=-1, where=None, temperature=1.0, softcap=None):
    return torch.log_softmax(_made(x, where, temperature, softcap), axis)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", ignore_index=None, where=None, temperature=1.0,
    softcap=None, z_loss=0.0,
):  # fmt: skip
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    rows = _made(logits, where, temperature, softcap).movedim(axis, -1)
    kept = torch.ones_like(labels, dtype=torch.bool)
    if ignore_index is not None:
        kept = labels != ignore_index
    known = torch.where(kept, labels.long(), 0)
    losses = -torch.log_softmax(rows, -1).gather(-1, known.unsqueeze(-1)).squeeze(-1)
    if z_loss:
        losses = losses + z_loss * torch.logsumexp(rows, -1) ** 2
    losses = torch.where(kept, losses, 0)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / kept.sum()
