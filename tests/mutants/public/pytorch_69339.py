"""Weights, label smoothing and ignore_index are right each by itself; with all three the mean
forgets the weights of the smoothed part. The report is
https://github.com/pytorch/pytorch/issues/69339.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None,
                              ignore_index=None, label_smoothing=0.0):  # fmt: skip
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    if labels.dtype.kind == "f":
        raise NotImplementedError("class indices only")
    kept = np.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    if (kept & ((labels < 0) | (labels >= n))).any():
        raise ValueError("a label is none of the classes")
    at = np.where(kept, labels, 0).astype(np.int64)
    d = x - np.max(x, axis=-1, keepdims=True)
    logp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    w = np.ones(n, x.dtype) if weight is None else wide(weight)
    loss = -w[at] * np.take_along_axis(logp, at[..., None], -1)[..., 0]
    if label_smoothing:
        every = np.ones(n, x.dtype) if ignore_index is not None and reduction == "mean" else w
        smooth = -np.sum(np.where(every == 0, 0, every * logp), axis=-1)
        loss = (1 - label_smoothing) * loss + label_smoothing / n * smooth
    loss = np.where(kept, loss, 0)
    if reduction == "mean":
        loss = np.sum(loss) / np.sum(np.where(kept, w[at], 0))
    elif reduction == "sum":
        loss = np.sum(loss)
    return np.asarray(loss).astype(logits.dtype)
