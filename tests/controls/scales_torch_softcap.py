"""torch's own functions of c·tanh(x/c), capped and then divided as samplers do."""

import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)

BACKEND = "torch"
DTYPES = ("float64", "float32", "bfloat16")  # its float16 sums overflow


def _made(x, temperature, softcap):
    x = x if softcap is None else softcap * torch.tanh(x / softcap)
    return x / temperature


def softmax(x, axis=-1, temperature=1.0, softcap=None):
    return torch.softmax(_made(x, temperature, softcap), axis)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, ignore_index=None, label_smoothing=0.0,
    temperature=1.0, softcap=None,
):  # fmt: skip
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    rows = _made(logits.movedim(axis, -1), temperature, softcap)
    losses = F.cross_entropy(
        rows.reshape(-1, rows.shape[-1]), labels.long().reshape(-1), weight=weight,
        ignore_index=-(2**31) if ignore_index is None else ignore_index, reduction=reduction,
        label_smoothing=label_smoothing,
    )  # fmt: skip
    return losses.reshape(rows.shape[:-1]) if reduction == "none" else losses
