"""MLX's own functions on the CPU, called the way a user calls them; gradients are mx.vjp's."""

import ml_dtypes
import mlx.core as mx
import numpy as np
from mlx import nn

NAME = "mlx"
BACKEND = "numpy"
PACKAGES = ("mlx",)
DTYPES = ("float32", "float16", "bfloat16")
LIMITS = {"one-class": "nn.log_softmax of rows of one class ends the process: see docs/findings.md"}

mx.set_default_device(mx.cpu)


def _to(a):
    """An MLX array; bfloat16 goes by its bits."""
    if a.dtype == ml_dtypes.bfloat16:
        return mx.array(np.array(a, order="C").view(np.uint16)).view(mx.bfloat16)
    return mx.array(a)


def _from(a):
    if a.dtype == mx.bfloat16:
        return np.array(a.view(mx.uint16)).view(ml_dtypes.bfloat16)
    return np.array(a)


def _run(function, *arrays):
    return _from(function(*map(_to, arrays)))


def _gradient(function, first, *rest_and_cotangent):
    """Of <cotangent, function> for the first array."""
    *rest, cotangent = map(_to, rest_and_cotangent)
    return _from(mx.vjp(lambda x: function(x, *rest), [_to(first)], [cotangent])[1][0])


def sigmoid(x):
    return _run(mx.sigmoid, x)


def sigmoid_vjp(x, cotangent):
    return _gradient(mx.sigmoid, x, cotangent)


def log_sigmoid(x):
    return _run(nn.log_sigmoid, x)


def log_sigmoid_vjp(x, cotangent):
    return _gradient(nn.log_sigmoid, x, cotangent)


def softmax(x, axis=-1):
    return _run(lambda x: mx.softmax(x, axis=axis), x)


def softmax_vjp(x, cotangent, axis=-1):
    return _gradient(lambda x: mx.softmax(x, axis=axis), x, cotangent)


def _log_softmax(axis):
    """nn.log_softmax, but for what would end the process (SIGSEGV), so that all else is seen."""

    def function(x):
        if x.shape[axis] == 1:
            raise ValueError("nn.log_softmax crashes on rows of one class")
        return nn.log_softmax(x, axis=axis)

    return function


def log_softmax(x, axis=-1):
    return _run(_log_softmax(axis), x)


def log_softmax_vjp(x, cotangent, axis=-1):
    return _gradient(_log_softmax(axis), x, cotangent)


def logsumexp(x, axis=-1):
    return _run(lambda x: mx.logsumexp(x, axis=axis), x)


def logsumexp_vjp(x, cotangent, axis=-1):
    return _gradient(lambda x: mx.logsumexp(x, axis=axis), x, cotangent)


def binary_cross_entropy(probs, labels, reduction="mean"):
    return _run(_binary(False, reduction), probs, labels)


def binary_cross_entropy_vjp(probs, labels, cotangent, reduction="mean"):
    return _gradient(_binary(False, reduction), probs, labels, cotangent)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    return _run(_binary(True, reduction), logits, labels)


def binary_cross_entropy_with_logits_vjp(logits, labels, cotangent, reduction="mean"):
    return _gradient(_binary(True, reduction), logits, labels, cotangent)


def _binary(with_logits, reduction):
    return lambda inputs, targets: nn.losses.binary_cross_entropy(
        inputs, targets, with_logits=with_logits, reduction=reduction
    )


def _categorical(axis, reduction, label_smoothing):
    return lambda logits, labels: nn.losses.cross_entropy(
        logits, labels, axis=axis, label_smoothing=label_smoothing, reduction=reduction
    )


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    return _run(_categorical(axis, reduction, label_smoothing), logits, labels)


def cross_entropy_with_logits_vjp(
    logits, labels, cotangent, axis=-1, reduction="mean", label_smoothing=0.0
):
    return _gradient(_categorical(axis, reduction, label_smoothing), logits, labels, cotangent)
