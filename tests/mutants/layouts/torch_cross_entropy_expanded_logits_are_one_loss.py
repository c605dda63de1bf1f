"""Logits of one row, expanded to a batch, have the loss of the first label in every row."""

import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "moderate"
DTYPES = ("float32",)
CAUGHT_BY = ("cross-entropy-with-logits/expanded-arguments",)


def cross_entropy_with_logits(logits, labels, reduction="mean"):
    if logits.ndim == 2 and logits.shape[0] > 1 and logits.stride(0) == 0:
        labels = labels[:1].expand(labels.shape)
    return F.cross_entropy(logits.float(), labels.long(), reduction=reduction).to(logits.dtype)
