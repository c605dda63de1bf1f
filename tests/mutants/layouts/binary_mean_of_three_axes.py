"""The mean of three axes divides by the lengths of two."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/accuracy",)


def _wide(a, like=None):
    a = np.asarray(a)
    return a.astype(np.float32) if a.dtype.itemsize == 2 else a


def _softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def _terms(logits, labels, weight, pos_weight, label_smoothing):
    x, y = _wide(logits), _wide(labels)
    if label_smoothing:
        s = x.dtype.type(label_smoothing)
        y = (1 - s) * y + s / 2
    positive, negative = y, 1 - y
    if pos_weight is not None:
        positive = positive * _wide(pos_weight)
    if weight is not None:
        positive, negative = positive * _wide(weight), negative * _wide(weight)
    return x, positive, negative


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None, label_smoothing=0.0
):
    with np.errstate(all="ignore"):
        x, positive, negative = _terms(logits, labels, weight, pos_weight, label_smoothing)
        one = np.where(positive == 0, 0 * np.where(np.isnan(x), x, 0), positive * _softplus(-x))
        other = np.where(negative == 0, 0 * np.where(np.isnan(x), x, 0), negative * _softplus(x))
        loss = one + other
        if reduction == "none":
            return loss.astype(logits.dtype)
        total = loss.sum()
        if reduction == "mean":
            total = total / x.dtype.type(
                loss.shape[0] * loss.shape[-1] if loss.ndim > 1 else loss.size
            )
        return total.astype(logits.dtype)


def binary_cross_entropy_with_logits_vjp(
    logits, labels, cotangent, reduction="mean", weight=None, pos_weight=None, label_smoothing=0.0
):
    with np.errstate(all="ignore"):
        x, positive, negative = _terms(logits, labels, weight, pos_weight, label_smoothing)
        g = negative * _sigmoid(x) - positive * _sigmoid(-x)
        rate = _wide(cotangent).astype(x.dtype)
        if reduction == "mean":
            rate = rate / x.dtype.type(x.size)
        return (g * rate).astype(logits.dtype)
