"""Cross-entropy as nll_loss of log_softmax, in float32 at least."""

import torch

BACKEND = "torch"


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, ignore_index=None
):
    if labels.is_floating_point():
        raise NotImplementedError("class indices are needed")
    lp = torch.log_softmax(torch.movedim(wide(logits), axis, -1), -1)
    loss = torch.nn.functional.nll_loss(
        lp.reshape(-1, lp.shape[-1]),
        labels.reshape(-1),
        weight=None if weight is None else wide(weight),
        ignore_index=-100_000 if ignore_index is None else ignore_index,
        reduction=reduction,
    )
    loss = loss.reshape(labels.shape) if reduction == "none" else loss
    return loss.to(logits.dtype)
