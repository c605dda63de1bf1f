"""Keras's own functions on the backend that KERAS_BACKEND names, NumPy if it names none."""

import os

os.environ.setdefault("KERAS_BACKEND", "numpy")

import keras
from keras import ops

NAME = "keras"
BACKEND = keras.backend.backend()
PACKAGES = ("keras", BACKEND)
DTYPES = ("float32", "float16", "bfloat16")  # float64 is computed in keras.config.floatx()

sigmoid = ops.sigmoid
log_sigmoid = ops.log_sigmoid


def softmax(x, axis=-1):
    return ops.softmax(x, axis=axis)


def log_softmax(x, axis=-1):
    return ops.log_softmax(x, axis=axis)


def logsumexp(x, axis=-1):
    return ops.logsumexp(x, axis=axis)


def _reduced(losses, reduction):
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction={reduction!r}: not one of 'none', 'sum', 'mean'")
    return losses if reduction == "none" else getattr(ops, reduction)(losses)


def binary_cross_entropy(probs, labels, reduction="mean"):
    return _reduced(ops.binary_crossentropy(labels, probs), reduction)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    return _reduced(ops.binary_crossentropy(labels, logits, from_logits=True), reduction)


def _categorical(scores, labels, axis, reduction, from_logits):
    if keras.backend.is_float_dtype(keras.backend.standardize_dtype(labels.dtype)):
        loss = ops.categorical_crossentropy
    else:
        loss = ops.sparse_categorical_crossentropy
    return _reduced(loss(labels, scores, from_logits=from_logits, axis=axis), reduction)


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    return _categorical(probs, labels, axis, reduction, from_logits=False)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    return _categorical(logits, labels, axis, reduction, from_logits=True)
