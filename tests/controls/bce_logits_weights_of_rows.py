"""Weights that are a vector are those of samples, one per row, and must be as many as the rows:
Keras's sample_weight, of which a square batch cannot tell.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def spread(w, x):
    if w is None:
        return np.ones((), x.dtype)
    if w.ndim == 1 and x.ndim == 2:
        if len(w) != len(x):
            raise ValueError(f"{len(w)} weights for {len(x)} samples")
        w = w[:, None]
    return wide(w)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    x, y = wide(logits), wide(labels)
    l = np.log1p(np.exp(-np.abs(x)))  # noqa: E741
    loss = spread(weight, x) * (y * (np.maximum(-x, 0) + l) + (1 - y) * (np.maximum(x, 0) + l))
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
