"""A focusing exponent below 1 is taken for 1."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid-focal-loss/accuracy",)


def _wide(a):
    a = np.asarray(a)
    return a.astype(np.float32) if a.dtype.itemsize == 2 else a


def _softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _setup(logits, labels, alpha, gamma):
    x = _wide(logits)
    y = _wide(labels).astype(x.dtype)
    z = np.where(y == 1, -x, x)  # the logit of the wrong class
    a = x.dtype.type(1) if alpha is None else np.where(y == 1, alpha, 1 - alpha).astype(x.dtype)
    return x, y, z, a, x.dtype.type(max(gamma, 1) if gamma else gamma)


def sigmoid_focal_loss(logits, labels, reduction="mean", alpha=None, gamma=2.0):
    with np.errstate(all="ignore"):
        x, _y, z, a, gamma = _setup(logits, labels, alpha, gamma)
        factor = np.exp(-gamma * _softplus(-z))
        loss = a * factor * _softplus(z)
        if reduction == "none":
            return loss.astype(logits.dtype)
        total = loss.sum()
        if reduction == "mean":
            total = total / x.dtype.type(loss.size)
        return total.astype(logits.dtype)


def sigmoid_focal_loss_vjp(logits, labels, cotangent, reduction="mean", alpha=None, gamma=2.0):
    with np.errstate(all="ignore"):
        x, y, z, a, gamma = _setup(logits, labels, alpha, gamma)
        s, other = np.exp(-_softplus(-z)), np.exp(-_softplus(z))
        factor = np.exp(-gamma * _softplus(-z))
        g = a * factor * (s + gamma * other * _softplus(z))
        g = np.where(y == 1, -g, g)
        rate = _wide(cotangent).astype(x.dtype)
        if reduction == "mean":
            rate = rate / x.dtype.type(x.size)
        return (g * rate).astype(logits.dtype)
