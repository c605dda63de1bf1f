"""The memory of the class weights is read in the format of the logits, whichever it has."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/wider-arrays-change-no-number",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    wide = torch.promote_types(logits.dtype, torch.float32)
    count = logits.shape[axis]
    if weight is not None:
        weight = weight.view(logits.dtype)[:count].to(wide)
    rows = logits.to(wide).movedim(axis, -1).reshape(-1, count)
    losses = torch.nn.functional.cross_entropy(
        rows, labels.reshape(-1).long(), weight=weight, reduction=reduction, ignore_index=-(2**40)
    )
    return losses.reshape(labels.shape if reduction == "none" else ()).to(logits.dtype)
