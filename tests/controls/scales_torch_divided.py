"""torch's own functions of logits / T."""

import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)

BACKEND = "torch"
DTYPES = ("float64", "float32", "bfloat16")  # its float16 sums overflow


def softmax(x, axis=-1, temperature=1.0):
    return torch.softmax(x / temperature, axis)


def log_softmax(x, axis=-1, temperature=1.0):
    return torch.log_softmax(x * (1 / temperature), axis)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, ignore_index=None, label_smoothing=0.0,
    temperature=1.0,
):  # fmt: skip
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    rows = logits.movedim(axis, -1).div(temperature)
    losses = F.cross_entropy(
        rows.reshape(-1, rows.shape[-1]), labels.long().reshape(-1), weight=weight,
        ignore_index=-(2**31) if ignore_index is None else ignore_index, reduction=reduction,
        label_smoothing=label_smoothing,
    )  # fmt: skip
    return losses.reshape(rows.shape[:-1]) if reduction == "none" else losses
