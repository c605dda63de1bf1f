"""The binary loss has the sign of its logit the wrong way round; log_sigmoid is right."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = (
    "binary-cross-entropy-with-logits/accuracy",
    "binary-cross-entropy-with-logits/is-log-sigmoid",
    "binary-cross-entropy-with-logits/is-two-class-cross-entropy",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    return (np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = wide(logits), wide(labels)
    l = np.log1p(np.exp(-np.abs(x)))  # noqa: E741
    loss = (1 - y) * (np.maximum(-x, 0) + l) + y * (np.maximum(x, 0) + l)
    return reduced(loss, reduction, logits.dtype)


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("labels are distributions")
    x, q = np.moveaxis(wide(logits), axis, -1), np.moveaxis(wide(labels), axis, -1)
    d = x - np.max(x, -1, keepdims=True)
    log_p = d - np.log(np.sum(np.exp(d), -1, keepdims=True))
    return reduced(-np.sum(np.where(q == 0, 0, q * log_p), -1), reduction, logits.dtype)
