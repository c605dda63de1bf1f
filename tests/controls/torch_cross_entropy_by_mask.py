"""Cross-entropy with every option in torch, by masks and without indexing: out-of-range labels give
NaN, ignored rows are replaced before the logarithm so that their gradient is 0.
"""

import torch

BACKEND = "torch"


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def targets(labels, n, axis, w, ignore_index, smoothing, dtype):
    if labels.is_floating_point():
        q = torch.movedim(labels, axis, -1).to(dtype)
        return w * ((1 - smoothing) * q + smoothing / n), torch.ones(q.shape[:-1], dtype=dtype)
    kept = labels == labels if ignore_index is None else labels != ignore_index
    hot = labels[..., None] == torch.arange(n)
    bad = kept & ~hot.any(-1)
    rows = torch.where(kept, (w * hot).sum(-1), 0)
    q = w * ((1 - smoothing) * hot.to(dtype) + smoothing / n)
    q = torch.where(bad[..., None], torch.nan, q)
    return torch.where(kept[..., None], q, 0), torch.where(bad, torch.nan, rows)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, ignore_index=None, label_smoothing=0.0
):
    x = torch.movedim(wide(logits), axis, -1)
    n = x.shape[-1]
    w = torch.ones(n, dtype=x.dtype) if weight is None else weight.to(x.dtype)
    q, rows = targets(labels, n, axis, w, ignore_index, label_smoothing, x.dtype)
    x = torch.where(q.any(-1, keepdim=True), x, 0)
    loss = -torch.where(q == 0, 0, q * torch.log_softmax(x, -1)).sum(-1)
    if reduction == "mean":
        loss = loss.sum() / rows.sum()
    elif reduction == "sum":
        loss = loss.sum()
    return loss.to(logits.dtype)
