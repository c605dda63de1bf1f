"""The functions of a tutorial in NumPy, each as its formula reads, with nothing added.

They are right for numbers of ordinary size. `conformance run article_numpy` says what they lose.
"""

import numpy as np

NAME = "article_numpy"
BACKEND = "numpy"


def softmax(x, axis=-1):
    """e^x / Σ e^x, without a shift."""
    e = np.exp(x)
    return e / np.sum(e, axis=axis, keepdims=True)


def sigmoid(x):
    """1 / (1 + e^-x)."""
    return 1 / (1 + np.exp(-x))


def sigmoid_vjp(x, cotangent):
    """e^-x / (1 + e^-x)²."""
    return cotangent * (np.exp(-x) / (1 + np.exp(-x)) ** 2)


def binary_cross_entropy(probs, labels):
    """The mean of -(y·log p + (1 - y)·log(1 - p)), NaN replaced by 0 and inf by a large number."""
    losses = -(labels * np.log(probs) + (1 - labels) * np.log(1 - probs))
    return np.mean(np.nan_to_num(losses))


def picked(probs, labels):
    """p[i, y_i]."""
    return np.take_along_axis(probs, labels[..., np.newaxis], axis=-1)[..., 0]


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    """-log p[y] for class indices; -Σ y·log p for one-hot labels, NaN and inf replaced."""
    if np.issubdtype(labels.dtype, np.integer):
        losses = -np.log(picked(np.moveaxis(probs, axis, -1), labels))
    else:
        losses = -np.sum(np.nan_to_num(labels * np.log(probs)), axis=axis)
    if reduction == "none":
        return losses
    return np.mean(losses) if reduction == "mean" else np.sum(losses)
