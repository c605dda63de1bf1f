"""TensorFlow's own functions, called the way a user calls them; gradients are GradientTape's."""

from functools import partial

import tensorflow as tf

NAME = "tensorflow"
BACKEND = "numpy"
PACKAGES = ("tensorflow-cpu",)

_AT_ZERO = (
    "with pos_weight the derivative of |x| and of relu is taken as 0 at a logit of 0, so that "
    "the gradient there is 1 - y instead of (1 - y)/2 - w·y/2: see docs/findings.md"
)
_MASKED = (
    "soft labels: 0·log 0 is 0·(-inf) = NaN where a masked class has no mass: see docs/findings.md"
)
_MASS = (
    "labels that are no distribution have the gradient p - q, as documented: "
    "https://www.tensorflow.org/api_docs/python/tf/nn/softmax_cross_entropy_with_logits"
)
_NAN = (
    "softmax in float32 and bfloat16 gives 0 to the classes beside a NaN (oneDNN): see "
    "docs/findings.md"
)
_FLUSHED = (
    "softmax in float32 takes probabilities below 1.42 times the smallest normal number for 0 "
    "(oneDNN), which the relaxed grade admits: see docs/findings.md"
)
_HALF = (
    "in float16 sums are taken in float16: of many classes, along axis 0, of losses and of "
    "their number: see docs/findings.md"
)
_SOFTPLUS = (
    "softplus in bfloat16 is x from 2.85 on, where log1p(e^-x) is still 0.056: see docs/findings.md"
)
DEVIATIONS = {
    "binary-cross-entropy-with-logits/gradient-accuracy": _AT_ZERO,
    "binary-cross-entropy-with-logits/gradient-relative-accuracy": _AT_ZERO,
    "cross-entropy-with-logits/masked-class-without-mass": _MASKED,
    "cross-entropy-with-logits/gradient-accuracy": _MASS,
    "cross-entropy-with-logits/gradient-rows-sum": _MASS,
    "cross-entropy-with-logits/gradient-row-alone": _MASS,
    "softmax/nan-fills-the-row": _NAN,
    "softmax/nan-at-any-place": _NAN,
    "softmax/accuracy@float32": _FLUSHED,
    "softmax/carries-long-sums@float16": _HALF,
    "log-softmax/carries-long-sums@float16": _HALF,
    "logsumexp/accuracy@float16": _HALF,
    "logsumexp/gradient-accuracy@float16": _HALF,
    "logsumexp/gradient-rows-sum@float16": _HALF,
    "logsumexp/carries-long-sums@float16": _HALF,
    "logsumexp/gradient-of-long-sums@float16": _HALF,
    "binary-cross-entropy-with-logits/reduces-large-batches@float16": _HALF,
    "binary-cross-entropy-with-logits/gradient-in-large-batches@float16": _HALF,
    "cross-entropy-with-logits/reduces-large-batches@float16": _HALF,
    "cross-entropy-with-logits/gradient-in-large-batches@float16": _HALF,
    "log-sigmoid/accuracy@bfloat16": _SOFTPLUS,
    "log-softmax/gradient-accuracy@float16": _HALF,
    "log-softmax/gradient-finite@float16": _HALF,
    "log-softmax/gradient-of-long-sums@float16": _HALF,
    "log-sigmoid/reflects@bfloat16": _SOFTPLUS,
    "softplus/accuracy@bfloat16": _SOFTPLUS,
    "softplus/reflects@bfloat16": _SOFTPLUS,
}


def _run(function, *arrays):
    return function(*map(tf.constant, arrays)).numpy()


def _gradient(function, first, *rest_and_cotangent):
    """Of <cotangent, function> for the first array."""
    *rest, cotangent = map(tf.constant, rest_and_cotangent)
    first = tf.constant(first)
    with tf.GradientTape() as tape:
        tape.watch(first)
        value = function(first, *rest)
    return tape.gradient(value, first, output_gradients=cotangent).numpy()


def _elementwise(function):
    """A function of elements, and its gradient."""
    return lambda x: _run(function, x), lambda x, cotangent: _gradient(function, x, cotangent)


def _rowwise(function):
    """A function along an axis, and its gradient."""

    def value(x, axis=-1):
        return _run(partial(function, axis=axis), x)

    def gradient(x, cotangent, axis=-1):
        return _gradient(partial(function, axis=axis), x, cotangent)

    return value, gradient


sigmoid, sigmoid_vjp = _elementwise(tf.math.sigmoid)
log_sigmoid, log_sigmoid_vjp = _elementwise(tf.math.log_sigmoid)
softplus, softplus_vjp = _elementwise(tf.math.softplus)
softmax, softmax_vjp = _rowwise(tf.nn.softmax)
log_softmax, log_softmax_vjp = _rowwise(tf.nn.log_softmax)
logsumexp, logsumexp_vjp = _rowwise(tf.reduce_logsumexp)

_REDUCTIONS = {"none": lambda x: x, "sum": tf.reduce_sum, "mean": tf.reduce_mean}


def _binary(reduction, pos_weight):
    """sigmoid_cross_entropy_with_logits, or its weighted sister."""

    def loss(logits, labels):
        if pos_weight is None:
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
        else:
            losses = tf.nn.weighted_cross_entropy_with_logits(labels, logits, pos_weight)
        return _REDUCTIONS[reduction](losses)

    return loss


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", pos_weight=None):
    return _run(_binary(reduction, pos_weight), logits, labels)


def binary_cross_entropy_with_logits_vjp(
    logits, labels, cotangent, reduction="mean", pos_weight=None
):
    return _gradient(_binary(reduction, pos_weight), logits, labels, cotangent)


def _categorical(axis, reduction):
    """The loss for distributions, or for class indices, which has the classes last."""

    def loss(logits, labels):
        if labels.dtype.is_floating:
            losses = tf.nn.softmax_cross_entropy_with_logits(labels, logits, axis=axis)
        else:
            scores = tf.experimental.numpy.moveaxis(logits, axis, -1)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)
        return _REDUCTIONS[reduction](losses)

    return loss


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    return _run(_categorical(axis, reduction), logits, labels)


def cross_entropy_with_logits_vjp(logits, labels, cotangent, axis=-1, reduction="mean"):
    return _gradient(_categorical(axis, reduction), logits, labels, cotangent)
