"""masked_fill with -inf and the library's functions; rows without classes become zeros."""

import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)

BACKEND = "torch"
DTYPES = ("float64", "float32", "bfloat16")  # its float16 sums overflow


def filled(x, where):
    return x if where is None else x.masked_fill(~where, -torch.inf)


def softmax(x, axis=-1, where=None):
    p = torch.softmax(filled(x, where), axis)
    if where is None:
        return p
    return p.masked_fill(~where.any(axis, keepdim=True), 0)


def log_softmax(x, axis=-1, where=None):
    return torch.log_softmax(filled(x, where), axis)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, ignore_index=None, where=None
):
    rows = filled(logits, where).movedim(axis, -1)
    if labels.is_floating_point():
        q = labels.movedim(axis, -1).to(rows.dtype)
        losses = -torch.where(q == 0, 0, q * torch.log_softmax(rows, -1)).sum(-1)
        losses = losses if weight is None else None
        if losses is None:
            raise NotImplementedError("no weights for soft labels")
        return losses if reduction == "none" else getattr(losses, reduction)()
    losses = F.cross_entropy(
        rows.reshape(-1, rows.shape[-1]), labels.long().reshape(-1), weight=weight,
        ignore_index=-(2**31) if ignore_index is None else ignore_index, reduction=reduction,
    )  # fmt: skip
    return losses.reshape(rows.shape[:-1]) if reduction == "none" else losses
