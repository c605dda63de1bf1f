"""The mean in 16-bit arithmetic as an average of averages of pairs, which never leaves the format:
zeros fill up to a power of two, and the last factor, at most 2, puts the count right.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16", "bfloat16")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(logits, labels, axis=-1, weight=None, ignore_index=None, label_smoothing=0.0):
    """log p, the weighted targets and the rows' weights, with the classes last."""
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    w = np.ones(n, x.dtype) if weight is None else wide(weight)
    kept = np.ones(x.shape[:-1], bool)
    if np.issubdtype(labels.dtype, np.integer):
        kept = kept if ignore_index is None else labels != ignore_index
        if np.any(kept & ((labels < 0) | (labels >= n))):
            raise IndexError("label out of range")
        y = (labels[..., None] == np.arange(n)).astype(x.dtype)
        rows = np.where(kept, np.sum(w * y, axis=-1), 0)
    else:
        y = np.moveaxis(wide(labels), axis, -1)
        rows = np.ones(y.shape[:-1], x.dtype)
    q = kept[..., None] * w * ((1 - label_smoothing) * y + label_smoothing / n)
    d = x - np.max(x, axis=-1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True)), q, rows


def average(values, dtype):
    """Σ values / 2^k, each step rounded to the format."""
    values = np.asarray(values).ravel().astype(dtype)
    while len(values) > 1:
        values = np.concatenate([values, np.zeros(len(values) % 2, dtype)])
        values = (values[::2] / dtype.type(2) + values[1::2] / dtype.type(2)).astype(dtype)
    return values[0].astype(np.float32) if len(values) else np.float32(0)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", **options):
    lp, q, rows = parts(logits, labels, axis, **options)
    loss = -np.sum(np.where(q == 0, 0, q * lp), axis=-1).astype(lp.dtype)
    if reduction == "mean":
        loss = average(loss, logits.dtype) / average(rows, logits.dtype)
    elif reduction == "sum":
        loss = np.sum(loss)
    return np.asarray(loss).astype(logits.dtype)
