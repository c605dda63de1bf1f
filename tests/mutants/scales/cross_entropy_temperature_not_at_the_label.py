"""log Σe^(x/T) - x_y: the logit of the label is not divided."""

import torch

BACKEND = "torch"
SEVERITY = "blatant"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", temperature=1.0):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    rows = logits.movedim(axis, -1)
    top = rows.max(-1, keepdim=True).values.detach()
    d = rows - top
    total = torch.logsumexp(d / temperature, -1)
    losses = total - d.gather(-1, labels.long().unsqueeze(-1)).squeeze(-1)
    return losses if reduction == "none" else getattr(losses, reduction)()
