"""Paddle's own functions on the CPU, called the way a user calls them; gradients are autograd's."""

from functools import partial

import paddle
import paddle.nn.functional as F  # noqa: N812 (its usual name)

NAME = "paddle"
BACKEND = "numpy"
PACKAGES = ("paddlepaddle",)
DTYPES = ("float64", "float32")

_LOG_SIGMOID = (
    "log_sigmoid of -inf is NaN, and log(1 + e) is taken without log1p: see docs/findings.md"
)
_NAN = "softmax in float32 loses a NaN within eight numbers of a vector: see docs/findings.md"
_CLIPPED = (
    "on CPUs differences from the maximum are clipped at -64, so that a probability is "
    "1.6e-28 at least and a loss 64 at most: https://github.com/PaddlePaddle/Paddle/issues/69859"
)
_LOGSUMEXP = (
    "logsumexp of rows with infinite maximum is NaN, and its gradient exp(x - logsumexp(x)) "
    "loses accuracy with |x|: see docs/findings.md"
)
_CLAMPED = (
    "binary_cross_entropy clamps the logarithm at -100 and its gradient's denominator at "
    "1e-12: see docs/findings.md"
)
_AT_ZERO = "the gradient at a logit of 0 is -1/2 for the label 0, too: see docs/findings.md"
_COUNTED = (
    "the mean with ignore_index=-100 counts ignored labels unless weights are given: see "
    "docs/findings.md"
)
_MASS = (
    "soft labels are taken to have mass 1, in weights and in the gradient p - q: see "
    "docs/findings.md"
)
_SOFTPLUS = (
    "softplus is log(1 + e^x) without log1p, and x itself above threshold=20: see docs/findings.md"
)
_LOGADDEXP = "logaddexp of -inf and -inf is NaN: see docs/findings.md"
_NO_MASS = "kl_div is NaN where a log target is -inf: see docs/findings.md"
_BITS = "cross_entropy cuts labels to int32, 2^32 + 1 to 1: see docs/findings.md"
_SLOW = "log_softmax takes n² steps for n classes, a minute for 262,144: see docs/findings.md"
DEVIATIONS = {
    "log-sigmoid/accuracy": _LOG_SIGMOID,
    "log-sigmoid/relative-accuracy": _LOG_SIGMOID,
    "log-sigmoid/never-positive": _LOG_SIGMOID,
    "log-sigmoid/monotone": _LOG_SIGMOID,
    "log-sigmoid/limits": _LOG_SIGMOID,
    "log-sigmoid/saturated-gradient-is-zero": _LOG_SIGMOID,
    "softmax/nan-fills-the-row@float32": _NAN,
    "softmax/nan-at-any-place@float32": _NAN,
    "cross-entropy-with-logits/nan-at-any-place@float32": _NAN,
    "cross-entropy-with-logits/nan-gives-nan-loss@float32": _NAN,
    "softmax/accuracy": _CLIPPED,
    "softmax/masked-is-zero": _CLIPPED,
    "softmax/padding-changes-nothing": _CLIPPED,
    "softmax/raising-one-logit": _CLIPPED,
    "softmax/two-classes-are-sigmoid": _CLIPPED,
    "softmax/gradient-accuracy": _CLIPPED,
    "softmax/gradient-rows-sum": _CLIPPED,
    "softmax/masked-gradient-is-zero": _CLIPPED,
    "softmax/linear-in-the-cotangent": _CLIPPED,
    "log-softmax/accuracy": _CLIPPED,
    "log-softmax/relative-accuracy": _CLIPPED,
    "log-softmax/keeps-argmax": _CLIPPED,
    "log-softmax/masked-is-minus-infinity": _CLIPPED,
    "log-softmax/padding-changes-nothing": _CLIPPED,
    "log-softmax/two-classes-are-log-sigmoid": _CLIPPED,
    "log-softmax/is-x-minus-logsumexp": _CLIPPED,
    "log-softmax/gradient-accuracy": _CLIPPED,
    "cross-entropy-with-logits/accuracy": _CLIPPED,
    "cross-entropy-with-logits/relative-accuracy": _CLIPPED,
    "cross-entropy-with-logits/masked-label-is-infinite": _CLIPPED,
    "cross-entropy-with-logits/masked-class-without-mass": _CLIPPED,
    "cross-entropy-with-logits/gradient-accuracy": _CLIPPED,
    "cross-entropy-with-logits/masked-gradient-is-zero": _CLIPPED,
    "cross-entropy-with-logits/linear-in-the-cotangent": _CLIPPED,
    "cross-entropy-with-logits/takes-its-options": _CLIPPED,
    "softmax/follows-permutation": _CLIPPED,
    "softmax/default-axis-is-the-last": _CLIPPED,
    "softmax/gradient-layout-does-not-matter": _CLIPPED,
    "softmax/gradient-row-alone": _CLIPPED,
    "logsumexp/relative-accuracy": _LOGSUMEXP,
    "logsumexp/all-masked-is-minus-infinity": _LOGSUMEXP,
    "logsumexp/infinite-logit-is-infinite": _LOGSUMEXP,
    "logsumexp/gradient-accuracy": _LOGSUMEXP,
    "logsumexp/gradient-along-several-axes": _LOGSUMEXP,
    "logsumexp/gradient-rows-sum": _LOGSUMEXP,
    "logsumexp/masked-gradient-is-zero": _LOGSUMEXP,
    "binary-cross-entropy/accuracy": _CLAMPED,
    "binary-cross-entropy/relative-accuracy": _CLAMPED,
    "binary-cross-entropy/certain-and-wrong-is-infinite": _CLAMPED,
    "binary-cross-entropy/gradient-accuracy": _CLAMPED,
    "binary-cross-entropy-with-logits/relative-accuracy": _AT_ZERO,
    "binary-cross-entropy-with-logits/infinitely-wrong-is-infinite": _AT_ZERO,
    "binary-cross-entropy-with-logits/gradient-accuracy": _AT_ZERO,
    "binary-cross-entropy-with-logits/gradient-relative-accuracy": _AT_ZERO,
    "cross-entropy-with-logits/reduces-its-own-losses": _COUNTED,
    "cross-entropy-with-logits/weight-one-is-neutral": _COUNTED,
    "cross-entropy-with-logits/ignoring-is-filtering": _COUNTED,
    "cross-entropy-with-logits/no-mass-no-loss": _MASS,
    "cross-entropy-with-logits/linear-in-labels": _MASS,
    "cross-entropy-with-logits/gradient-row-alone": _MASS,
    "cross-entropy-with-logits/gradient-rows-sum": _MASS,
    "cross-entropy-with-logits/mean-gradient-is-sum-over-count": _MASS,
    "softplus/accuracy": _SOFTPLUS,
    "softplus/is-minus-log-sigmoid@float64": _SOFTPLUS,
    "softplus/monotone@float64": _SOFTPLUS,
    "softplus/reflects@float64": _SOFTPLUS,
    "softplus/no-steeper-than@float64": _SOFTPLUS,
    "softplus/gradient-accuracy@float64": _SOFTPLUS,
    "logaddexp/merges-infinities": _LOGADDEXP,
    "logaddexp/merges-any-split": _LOGADDEXP,
    "kl-div/no-mass-costs-nothing": _NO_MASS,
    "cross-entropy-with-logits/label-too-large-is-refused": _BITS,
    "softmax/axis-does-not-matter": _CLIPPED,
    "cross-entropy-with-logits/axis-does-not-matter": _CLIPPED,
    "log-softmax/gradient-finite@float32": _SLOW,
}

paddle.set_device("cpu")

#: An `ignore_index` that no label has: Paddle's own default, -100, would hide a bad label.
_NONE = -(2**31)


def _run(function, *arrays):
    return function(*map(paddle.to_tensor, arrays)).numpy()


def _gradient(function, first, *rest_and_cotangent):
    """Of <cotangent, function> for the first array."""
    *rest, cotangent = map(paddle.to_tensor, rest_and_cotangent)
    x = paddle.to_tensor(first, stop_gradient=False)
    return paddle.grad([function(x, *rest)], [x], [cotangent])[0].numpy()


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


sigmoid, sigmoid_vjp = _elementwise(F.sigmoid)
log_sigmoid, log_sigmoid_vjp = _elementwise(F.log_sigmoid)
softplus, softplus_vjp = _elementwise(F.softplus)
softmax, softmax_vjp = _rowwise(F.softmax)
log_softmax, log_softmax_vjp = _rowwise(F.log_softmax)
logsumexp, logsumexp_vjp = _rowwise(paddle.logsumexp)


def logaddexp(x, y):
    return _run(paddle.logaddexp, x, y)


def logaddexp_vjp(x, y, cotangent):
    return _gradient(paddle.logaddexp, x, y, cotangent)


def _probabilities(reduction):
    return lambda probs, labels: F.binary_cross_entropy(probs, labels, reduction=reduction)


def binary_cross_entropy(probs, labels, reduction="mean"):
    return _run(_probabilities(reduction), probs, labels)


def binary_cross_entropy_vjp(probs, labels, cotangent, reduction="mean"):
    return _gradient(_probabilities(reduction), probs, labels, cotangent)


def _tensor(weight):
    return None if weight is None else paddle.to_tensor(weight)


def _binary(reduction, weight, pos_weight):
    return lambda logits, labels: F.binary_cross_entropy_with_logits(
        logits, labels, _tensor(weight), reduction, _tensor(pos_weight)
    )


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None
):
    return _run(_binary(reduction, weight, pos_weight), logits, labels)


def binary_cross_entropy_with_logits_vjp(
    logits, labels, cotangent, reduction="mean", weight=None, pos_weight=None
):
    return _gradient(_binary(reduction, weight, pos_weight), logits, labels, cotangent)


def _categorical(axis, reduction, weight, ignore_index, label_smoothing):
    """F.cross_entropy, whose result keeps the class axis for reduction="none"."""

    def loss(logits, labels):
        soft = labels.is_floating_point()
        losses = F.cross_entropy(
            logits,
            labels if soft else labels.unsqueeze(axis),
            weight=_tensor(weight),
            ignore_index=_NONE if ignore_index is None else ignore_index,
            reduction=reduction,
            soft_label=soft,
            axis=axis,
            label_smoothing=label_smoothing,
        )
        return losses.squeeze(axis) if reduction == "none" else losses

    return loss


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, ignore_index=None, label_smoothing=0.0
):
    loss = _categorical(axis, reduction, weight, ignore_index, label_smoothing)
    return _run(loss, logits, labels)


def cross_entropy_with_logits_vjp(
    logits,
    labels,
    cotangent,
    axis=-1,
    reduction="mean",
    weight=None,
    ignore_index=None,
    label_smoothing=0.0,
):
    loss = _categorical(axis, reduction, weight, ignore_index, label_smoothing)
    return _gradient(loss, logits, labels, cotangent)


def _nll(axis, reduction, weight):
    """F.nll_loss, which has the classes second; without ignore_index, which writes past its end."""

    def loss(log_probs, labels):
        scores = paddle.moveaxis(log_probs, axis, min(1, log_probs.ndim - 1))
        return F.nll_loss(scores, labels, _tensor(weight), _NONE, reduction)

    return loss


def nll_loss(log_probs, labels, axis=-1, reduction="mean", weight=None):
    return _run(_nll(axis, reduction, weight), log_probs, labels)


def nll_loss_vjp(log_probs, labels, cotangent, axis=-1, reduction="mean", weight=None):
    return _gradient(_nll(axis, reduction, weight), log_probs, labels, cotangent)


def kl_div(log_probs, labels, reduction="mean", log_target=False):
    loss = partial(F.kl_div, reduction=reduction, log_target=log_target)
    return _run(loss, log_probs, labels)


def kl_div_vjp(log_probs, labels, cotangent, reduction="mean", log_target=False):
    loss = partial(F.kl_div, reduction=reduction, log_target=log_target)
    return _gradient(loss, log_probs, labels, cotangent)
