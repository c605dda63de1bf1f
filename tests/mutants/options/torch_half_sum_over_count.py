"""losses.sum() / count, as in many a training loop: in float16 the sum of ordinary losses is inf."""

import torch

BACKEND = "torch"
DTYPES = ("float16",)
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/reduces-large-batches",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", ignore_index=None):
    if labels.is_floating_point():
        raise NotImplementedError("class indices are needed")
    x = torch.movedim(logits, axis, -1)
    kept = torch.ones_like(labels, dtype=torch.bool)
    if ignore_index is not None:
        kept = labels != ignore_index
    chosen = torch.where(kept, labels, 0).long()[..., None]
    x = torch.where(kept[..., None], x, 0)
    losses = -torch.log_softmax(x.float(), -1).gather(-1, chosen)[..., 0]
    losses = torch.where(kept, losses, 0).to(logits.dtype)
    if reduction == "mean":
        return losses.sum() / kept.sum()
    return losses.sum() if reduction == "sum" else losses
