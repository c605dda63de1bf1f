"""The mean is a running mean, updated row by row, in float64: a plain float32 running mean would be
wrong by up to N u when one large loss comes first.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float16", "bfloat16")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_p(x):
    d = x - np.max(x, axis=-1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        raise IndexError("label out of range")
    loss = -np.take_along_axis(log_p(x), labels[..., None].astype(np.intp), axis=-1)[..., 0]
    if reduction == "none":
        return loss.astype(logits.dtype)
    if reduction == "sum":
        return np.asarray(np.sum(loss)).astype(logits.dtype)
    mean = 0.0 if loss.size else np.nan
    for count, value in enumerate(loss.ravel().astype(float), start=1):
        mean = mean / count * (count - 1) + value / count
    return np.asarray(mean).astype(logits.dtype)
