"""Keras's own functions on the backend that KERAS_BACKEND names, NumPy if it names none."""

import os

os.environ.setdefault("KERAS_BACKEND", "numpy")

import keras
from keras import ops

NAME = "keras"
BACKEND = keras.backend.backend()
PACKAGES = ("keras", BACKEND)
DTYPES = ("float32", "float16", "bfloat16")  # float64 is computed in keras.config.floatx()

_CLIPPED = (
    "losses from probabilities clip them to [1e-7, 1 - 1e-7], as documented; so does the "
    "binary loss from logits on NumPy: see docs/findings.md and "
    "https://github.com/keras-team/keras/blob/master/keras/src/backend/numpy/nn.py"
)
_ONE_HOT = (
    "on NumPy labels times log-softmax is 0·(-inf) = NaN where a class is masked, for class "
    "indices too: see docs/findings.md"
)
_HALF = "on NumPy 16-bit numbers are computed and added in 16 bits: see docs/findings.md"
_TORCH = (
    "on PyTorch the gradient of logsumexp and the second derivatives of logaddexp and "
    "binary_cross_entropy are PyTorch's: see docs/findings.md"
)
_JAX = (
    "on JAX the gradient of logaddexp, and in float16 those of sigmoid and softmax, are JAX's: see "
    "docs/findings.md"
)
_WIDE = "on NumPy some 16-bit arguments give float32: see docs/findings.md"
_BITS = "on NumPy class indices are cut to int32, 2^32 + 1 to 1: see docs/findings.md"
DEVIATIONS = {
    "binary-cross-entropy/accuracy": _CLIPPED,
    "binary-cross-entropy/relative-accuracy": _CLIPPED,
    "binary-cross-entropy/certain-and-right-is-free": _CLIPPED,
    "binary-cross-entropy/certain-and-wrong-is-infinite": _CLIPPED,
    "binary-cross-entropy/swaps-with-its-label": _CLIPPED,
    "binary-cross-entropy-with-logits/accuracy": _CLIPPED,
    "binary-cross-entropy-with-logits/relative-accuracy": _CLIPPED,
    "binary-cross-entropy-with-logits/is-log-sigmoid": _CLIPPED,
    "binary-cross-entropy-with-logits/is-two-class-cross-entropy": _CLIPPED,
    "binary-cross-entropy-with-logits/infinitely-wrong-is-infinite": _CLIPPED,
    "binary-cross-entropy-with-logits/swaps-with-its-label": _CLIPPED,
    "cross-entropy/accuracy": _CLIPPED,
    "cross-entropy/certain-and-wrong-is-infinite": _CLIPPED,
    "cross-entropy/masked-class-without-mass": _CLIPPED,
    "cross-entropy/bad-label-is-not-free": _CLIPPED,
    "cross-entropy/high-labels-are-whole": _CLIPPED,
    "cross-entropy/takes-every-axis": _CLIPPED,
    "binary-cross-entropy/finite-stays-finite": _CLIPPED,
    "binary-cross-entropy/never-negative": _CLIPPED,
    "binary-cross-entropy/at-least-entropy": _CLIPPED,
    "binary-cross-entropy-with-logits/finite-stays-finite": _CLIPPED,
    "binary-cross-entropy-with-logits/never-negative": _CLIPPED,
    "binary-cross-entropy-with-logits/at-least-entropy": _CLIPPED,
    "binary-cross-entropy/gradient-accuracy": _CLIPPED,
    "binary-cross-entropy/label-gradient-accuracy": _CLIPPED,
    "binary-cross-entropy/forward-agrees-with-reverse": _CLIPPED,
    "binary-cross-entropy-with-logits/gradient-relative-accuracy": _CLIPPED,
    "cross-entropy/gradient-accuracy": _CLIPPED,
    "cross-entropy/gradient-without-mass-is-zero": _CLIPPED,
    "cross-entropy/label-gradient-accuracy": _CLIPPED,
    "cross-entropy/forward-agrees-with-reverse": _CLIPPED,
    "cross-entropy/mean-gradient-is-sum-over-count": _CLIPPED,
    "cross-entropy/linear-in-the-cotangent": _CLIPPED,
    "cross-entropy-with-logits/accuracy": _ONE_HOT,
    "cross-entropy-with-logits/relative-accuracy": _ONE_HOT,
    "cross-entropy-with-logits/finite-stays-finite": _ONE_HOT,
    "cross-entropy-with-logits/never-negative": _ONE_HOT,
    "cross-entropy-with-logits/padding-changes-nothing": _ONE_HOT,
    "cross-entropy-with-logits/is-minus-log-softmax": _ONE_HOT,
    "cross-entropy-with-logits/agrees-with-probabilities": _ONE_HOT,
    "cross-entropy-with-logits/masked-label-is-infinite": _ONE_HOT,
    "cross-entropy-with-logits/masked-class-without-mass": _ONE_HOT,
    "cross-entropy-with-logits/bad-label-is-not-free": _ONE_HOT,
    "cross-entropy-with-logits/takes-every-axis": _ONE_HOT,
    "cross-entropy-with-logits/nan-at-any-place@float16": _ONE_HOT,
    "sigmoid/accuracy@float16": _HALF,
    "softmax/accuracy@float16": _HALF,
    "softmax/sums-to-one@float16": _HALF,
    "softmax/carries-long-sums@float16": _HALF,
    "log-softmax/accuracy@float16": _HALF,
    "log-softmax/relative-accuracy@float16": _HALF,
    "log-softmax/exp-sums-to-one@float16": _HALF,
    "log-softmax/carries-long-sums@float16": _HALF,
    "logsumexp/accuracy@float16": _HALF,
    "logsumexp/relative-accuracy@float16": _HALF,
    "logsumexp/carries-long-sums@float16": _HALF,
    "binary-cross-entropy-with-logits/reduces-large-batches@float16": _HALF,
    "cross-entropy-with-logits/carries-long-sums@float16": _HALF,
    "softmax/accuracy@bfloat16": _HALF,
    "softmax/sums-to-one@bfloat16": _HALF,
    "log-softmax/accuracy@bfloat16": _HALF,
    "log-softmax/relative-accuracy@bfloat16": _HALF,
    "log-softmax/exp-sums-to-one@bfloat16": _HALF,
    "cross-entropy-with-logits/mean-of-one-loss@bfloat16": _HALF,
    "logsumexp/gradient-accuracy": _TORCH,
    "logsumexp/gradient-along-several-axes": _TORCH,
    "logsumexp/gradient-rows-sum": _TORCH,
    "logsumexp/hessian-accuracy": _TORCH,
    "logsumexp/hessian-in-any-order": _TORCH,
    "logsumexp/hessian-is-convex": _TORCH,
    "logsumexp/hessian-rows-sum-to-zero": _TORCH,
    "cross-entropy/keeps-dtype@float16": _WIDE,
    "cross-entropy-with-logits/keeps-dtype@float16": _WIDE,
    "logsumexp/keeps-dtype@bfloat16": _WIDE,
    "binary-cross-entropy/keeps-dtype@bfloat16": _WIDE,
    "binary-cross-entropy-with-logits/keeps-dtype@bfloat16": _WIDE,
    "cross-entropy/keeps-dtype@bfloat16": _WIDE,
    "cross-entropy-with-logits/keeps-dtype@bfloat16": _WIDE,
    "cross-entropy/label-too-large-is-refused": _BITS,
    "cross-entropy-with-logits/label-too-large-is-refused": _BITS,
    "sigmoid/is-exp-of-log-sigmoid@float16": _HALF,
    "log-softmax/axis-does-not-matter@float16": _HALF,
    "log-softmax/layout-does-not-matter@float16": _HALF,
    "log-softmax/is-x-minus-logsumexp@bfloat16": _HALF,
    "cross-entropy/layout-does-not-matter": _CLIPPED,
    "cross-entropy/certain-and-wrong-is-not-free": _CLIPPED,
    "binary-cross-entropy/hessian-accuracy": _TORCH,
    "binary-cross-entropy/hessian-in-any-order": _TORCH,
    "binary-cross-entropy/double-backward-to-the-cotangent": _TORCH,
    "cross-entropy/hessian-accuracy": _CLIPPED,
    "cross-entropy/hessian-in-any-order": _CLIPPED,
    "cross-entropy/gradient-row-alone": _CLIPPED,
    "cross-entropy/gradient-layout-does-not-matter": _CLIPPED,
    "logsumexp/gradient-of-long-sums@float16": _TORCH,
    "cross-entropy/gradient-finite": _CLIPPED,
    "cross-entropy/commutes-with-powers-of-two": _CLIPPED,
    "cross-entropy/gradient-in-large-batches": _CLIPPED,
    "cross-entropy-with-logits/gradient-of-long-sums@float16": _TORCH,
    "logaddexp/gradient-accuracy": _JAX,
    "logaddexp/gradient-by-the-second": _JAX,
    "sigmoid/gradient-accuracy@float16": _JAX,
    "sigmoid/hessian-accuracy@float16": _JAX,
    "softmax/gradient-accuracy@float16": _JAX,
    "softmax/gradient-of-long-sums@float16": _JAX,
    "log-softmax/hessian-rows-sum-to-zero@float16": _JAX,
    "cross-entropy/zero-cotangent-gives-zero@float16": _CLIPPED,
    "logaddexp/hessian-accuracy": _TORCH,
    "logaddexp/hessian-in-any-order": _TORCH,
}

sigmoid = ops.sigmoid
log_sigmoid = ops.log_sigmoid
softplus = ops.softplus
logaddexp = ops.logaddexp


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
