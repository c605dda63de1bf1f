"""A loss of half formats takes rows of more than 2**16 classes in blocks, and a block's NaN is lost."""

import numpy as np

SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/nan-gives-nan-loss",)
BLOCK = 2**16


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    x = np.moveaxis(logits, axis, -1).astype(np.promote_types(logits.dtype, np.float32))
    n = x.shape[-1]
    if labels.shape == logits.shape:
        q = np.moveaxis(labels, axis, -1).astype(x.dtype)
    else:
        if labels.size and not (0 <= labels.min() and labels.max() < n):
            raise ValueError("no such class")
        q = (labels[..., None] == np.arange(n)).astype(x.dtype)
    m = x.max(axis=-1, keepdims=True)
    m = np.where(m == -np.inf, 0, m)
    if logits.dtype.itemsize == 2 and n > BLOCK:
        m = np.fmax.reduce(x, axis=-1, keepdims=True)
        sums = [np.exp(x[..., k : k + BLOCK] - m).sum(axis=-1) for k in range(0, n, BLOCK)]
        total = sums[0]
        for part in sums[1:]:
            total = np.fmax(total, total + part)
        log_p = np.where(q == 0, 0, x - m - np.log(total)[..., None])
    else:
        log_p = np.where(q == 0, 0, x - m - np.log(np.exp(x - m).sum(axis=-1, keepdims=True)))
    loss = -(q * log_p).sum(axis=-1)
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.mean()
    return np.asarray(loss).astype(logits.dtype)
