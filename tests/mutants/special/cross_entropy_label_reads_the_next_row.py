"""The flat index row·C + label is not checked: label C is the first class of the next row."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/label-too-large-is-refused",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    rows = np.arange(labels.size).reshape(labels.shape)
    flat = rows * x.shape[-1] + labels
    loss = (
        -lp.reshape(-1)[np.clip(flat, 0, max(lp.size - 1, 0))]
        if lp.size
        else np.zeros(labels.shape, x.dtype)
    )
    return reduced(loss, reduction, logits.dtype)
