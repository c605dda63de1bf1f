"""The logit of the label is not capped."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", softcap=None):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    rows = logits.movedim(axis, -1)
    capped = rows if softcap is None else softcap * torch.tanh(rows / softcap)
    at = rows.gather(-1, labels.long().unsqueeze(-1)).squeeze(-1)
    losses = torch.logsumexp(capped, -1) - at
    if softcap is None:
        losses = -torch.log_softmax(rows, -1).gather(-1, labels.long().unsqueeze(-1)).squeeze(-1)
    return losses if reduction == "none" else getattr(losses, reduction)()
