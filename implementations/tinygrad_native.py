"""tinygrad's own functions on the CPU, called the way a user calls them."""

import os

os.environ.setdefault("DEV", "CPU")

from tinygrad import Tensor

NAME = "tinygrad"
BACKEND = "numpy"
PACKAGES = ("tinygrad",)
DTYPES = ("float64", "float32", "float16")

_INFINITE = (
    "inf - inf is NaN in log_sigmoid of -inf and in logsumexp of rows with infinite maximum: "
    "see docs/findings.md"
)
_ZERO = "binary_crossentropy is NaN where 0·log 0 is meant: see docs/findings.md"
_MASKED = "soft labels: 0·(-inf) is NaN where a class is masked: see docs/findings.md"
DEVIATIONS = {
    "log-sigmoid/accuracy": _INFINITE,
    "log-sigmoid/never-positive": _INFINITE,
    "log-sigmoid/monotone": _INFINITE,
    "log-sigmoid/limits": _INFINITE,
    "log-sigmoid/saturated-gradient-is-zero": _INFINITE,
    "logsumexp/all-masked-is-minus-infinity": _INFINITE,
    "logsumexp/infinite-logit-is-infinite": _INFINITE,
    "binary-cross-entropy/accuracy": _ZERO,
    "binary-cross-entropy/relative-accuracy": _ZERO,
    "binary-cross-entropy/finite-stays-finite": _ZERO,
    "binary-cross-entropy/never-negative": _ZERO,
    "binary-cross-entropy/certain-and-right-is-free": _ZERO,
    "binary-cross-entropy/at-least-entropy": _ZERO,
    "binary-cross-entropy/swaps-with-its-label": _ZERO,
    "cross-entropy-with-logits/masked-class-without-mass": _MASKED,
}


def _to(a):
    """A tensor. Its bytes would be taken for numbers of this machine's order: docs/findings.md."""
    return Tensor(a.astype(a.dtype.newbyteorder("=")))


def _run(function, *arrays):
    return function(*map(_to, arrays)).numpy()


def _gradient(function, first, *rest_and_cotangent):
    """Of <cotangent, function> for the first array."""
    *rest, cotangent = map(_to, rest_and_cotangent)
    x = _to(first)
    value = function(x, *rest)
    return value.gradient(x, gradient=cotangent)[0].numpy()


def sigmoid(x):
    return _run(Tensor.sigmoid, x)


def sigmoid_vjp(x, cotangent):
    return _gradient(Tensor.sigmoid, x, cotangent)


def log_sigmoid(x):
    return _run(Tensor.logsigmoid, x)


def log_sigmoid_vjp(x, cotangent):
    return _gradient(Tensor.logsigmoid, x, cotangent)


def softmax(x, axis=-1):
    return _run(lambda x: x.softmax(axis), x)


def softmax_vjp(x, cotangent, axis=-1):
    return _gradient(lambda x: x.softmax(axis), x, cotangent)


def log_softmax(x, axis=-1):
    return _run(lambda x: x.log_softmax(axis), x)


def log_softmax_vjp(x, cotangent, axis=-1):
    return _gradient(lambda x: x.log_softmax(axis), x, cotangent)


def logsumexp(x, axis=-1):
    return _run(lambda x: x.logsumexp(axis), x)


def logsumexp_vjp(x, cotangent, axis=-1):
    return _gradient(lambda x: x.logsumexp(axis), x, cotangent)


def _binary(reduction, pos_weight):
    return lambda logits, labels: logits.binary_crossentropy_logits(
        labels, reduction, None if pos_weight is None else _to(pos_weight)
    )


def binary_cross_entropy(probs, labels, reduction="mean"):
    return _run(lambda p, y: p.binary_crossentropy(y, reduction), probs, labels)


def binary_cross_entropy_vjp(probs, labels, cotangent, reduction="mean"):
    return _gradient(lambda p, y: p.binary_crossentropy(y, reduction), probs, labels, cotangent)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", pos_weight=None):
    return _run(_binary(reduction, pos_weight), logits, labels)


def binary_cross_entropy_with_logits_vjp(
    logits, labels, cotangent, reduction="mean", pos_weight=None
):
    return _gradient(_binary(reduction, pos_weight), logits, labels, cotangent)


def _moved(a, axis, to):
    """With the class axis where tinygrad has it: the second, or the only one."""
    order = list(range(a.ndim))
    order.insert(to, order.pop(axis))
    return a.permute(order)


def _categorical(axis, reduction, label_smoothing):
    def loss(logits, labels):
        to = min(1, logits.ndim - 1)
        target = _moved(labels, axis, to) if labels.ndim == logits.ndim else labels
        return _moved(logits, axis, to).cross_entropy(target, reduction, label_smoothing)

    return loss


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    return _run(_categorical(axis, reduction, label_smoothing), logits, labels)


def cross_entropy_with_logits_vjp(
    logits, labels, cotangent, axis=-1, reduction="mean", label_smoothing=0.0
):
    return _gradient(_categorical(axis, reduction, label_smoothing), logits, labels, cotangent)
