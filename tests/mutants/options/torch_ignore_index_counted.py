"""The ignored rows are masked after the loss and counted in the mean's denominator."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = (
    "cross-entropy-with-logits/ignoring-is-filtering",
    "cross-entropy-with-logits/accuracy",
    "cross-entropy-with-logits/gradient-accuracy",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", ignore_index=None):
    lp = torch.log_softmax(torch.movedim(wide(logits), axis, -1), -1)
    if labels.is_floating_point():
        raise NotImplementedError("class indices are needed")
    kept = torch.ones_like(labels, dtype=bool) if ignore_index is None else labels != ignore_index
    index = torch.where(kept, labels, 0)
    loss = torch.where(kept, -lp.gather(-1, index[..., None])[..., 0], 0)
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.mean()
    return loss.to(logits.dtype)
