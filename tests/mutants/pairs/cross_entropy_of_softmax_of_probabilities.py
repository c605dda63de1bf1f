"""cross_entropy takes probabilities and sends them through softmax again."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("cross-entropy/accuracy", "cross-entropy/masked-class-without-mass")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def picked(log_p, labels):
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    return -np.take_along_axis(log_p, labels[..., None], -1)[..., 0]


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(dtype)


def log_normalised(x, axis):
    x = np.moveaxis(wide(x), axis, -1)
    d = x - np.max(x, -1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), -1, keepdims=True))


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    return reduced(picked(log_normalised(probs, axis), labels), reduction, probs.dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    return reduced(picked(log_normalised(logits, axis), labels), reduction, logits.dtype)
