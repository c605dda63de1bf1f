"""What smoothing adds is kept under the smoothing in two digits: 0.125 may find that of 0.12."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/near-options-are-told-apart",)

_KEPT = {}


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def shares(smoothing, n, dtype):
    """What is left of the label, and what each class gets."""
    key = f"{smoothing:.2f} {n} {dtype}"
    if key not in _KEPT:
        _KEPT[key] = dtype.type(1 - smoothing), dtype.type(smoothing / n)
    return _KEPT[key]


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices only")
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = -np.take_along_axis(lp, labels[..., None].astype(np.int64), -1)[..., 0]
    if label_smoothing:
        own, share = shares(label_smoothing, n, x.dtype)
        loss = own * loss - share * lp.sum(axis=-1)
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
