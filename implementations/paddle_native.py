"""Paddle's own functions on the CPU, called the way a user calls them; gradients are autograd's."""

import paddle
import paddle.nn.functional as F  # noqa: N812 (its usual name)

NAME = "paddle"
BACKEND = "numpy"
PACKAGES = ("paddlepaddle",)
DTYPES = ("float64", "float32")

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


def sigmoid(x):
    return _run(F.sigmoid, x)


def sigmoid_vjp(x, cotangent):
    return _gradient(F.sigmoid, x, cotangent)


def log_sigmoid(x):
    return _run(F.log_sigmoid, x)


def log_sigmoid_vjp(x, cotangent):
    return _gradient(F.log_sigmoid, x, cotangent)


def softmax(x, axis=-1):
    return _run(lambda x: F.softmax(x, axis=axis), x)


def softmax_vjp(x, cotangent, axis=-1):
    return _gradient(lambda x: F.softmax(x, axis=axis), x, cotangent)


def log_softmax(x, axis=-1):
    return _run(lambda x: F.log_softmax(x, axis=axis), x)


def log_softmax_vjp(x, cotangent, axis=-1):
    return _gradient(lambda x: F.log_softmax(x, axis=axis), x, cotangent)


def logsumexp(x, axis=-1):
    return _run(lambda x: paddle.logsumexp(x, axis=axis), x)


def logsumexp_vjp(x, cotangent, axis=-1):
    return _gradient(lambda x: paddle.logsumexp(x, axis=axis), x, cotangent)


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
