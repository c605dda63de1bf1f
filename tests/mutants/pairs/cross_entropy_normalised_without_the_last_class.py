"""The normaliser of cross_entropy_with_logits leaves out the last class; all else is right."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "cross-entropy-with-logits/accuracy",
    "cross-entropy-with-logits/is-minus-log-softmax",
    "cross-entropy-with-logits/agrees-with-probabilities",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)


def picked(values, labels):
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    if np.any((labels < 0) | (labels >= values.shape[-1])):
        raise IndexError("a label is no class")
    return np.take_along_axis(values, labels[..., None], -1)[..., 0]


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(dtype)


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    with np.errstate(divide="ignore"):
        loss = -np.log(picked(np.moveaxis(wide(probs), axis, -1), labels))
    return reduced(loss, reduction, probs.dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    x = np.moveaxis(wide(logits), axis, -1)
    d = x - np.max(x, -1, keepdims=True)
    terms = np.exp(d[..., :-1] if d.shape[-1] > 1 else d)
    with np.errstate(divide="ignore"):
        loss = np.log(np.sum(terms, -1)) - picked(d, labels)
    return reduced(loss, reduction, logits.dtype)
