"""MLX's own functions on the CPU, called the way a user calls them; gradients are mx.vjp's."""

from functools import partial

import ml_dtypes
import mlx.core as mx
import numpy as np
from mlx import nn

NAME = "mlx"
BACKEND = "numpy"
PACKAGES = ("mlx",)
DTYPES = ("float32", "float16", "bfloat16")

_LABELS = (
    "indices are not checked, as documented: "
    "https://ml-explore.github.io/mlx/build/html/usage/indexing.html"
)
_SIGMOID = (
    "sigmoid in float16 is 1/(1 + e^-x) on CPUs, which overflows: see docs/findings.md and "
    "https://github.com/ml-explore/mlx/pull/2666"
)
_HALF = "softmax in 16 bits adds in 16 bits on CPUs unless precise=True: see docs/findings.md"
_REDUCED = "in float16 sums and means are taken in float16: see docs/findings.md"
_CLAMPED = (
    "binary_cross_entropy clamps the logarithm at -100: https://github.com/ml-explore/mlx/pull/1280"
)
_MASS = "soft labels are taken to have mass 1: see docs/findings.md"
_MASKED = (
    "soft labels and smoothing: 0·(-inf) and inf - inf are NaN where a class is masked: see "
    "docs/findings.md"
)
DEVIATIONS = {
    "cross-entropy-with-logits/label-too-large-is-refused": _LABELS,
    "sigmoid/accuracy@float16": _SIGMOID,
    "sigmoid/gradient-accuracy@float16": _SIGMOID,
    "softmax/accuracy@float16": _HALF,
    "softmax/sums-to-one@float16": _HALF,
    "softmax/gradient-accuracy@float16": _HALF,
    "softmax/raising-one-logit@float16": _HALF,
    "softmax/accuracy@bfloat16": _HALF,
    "softmax/sums-to-one@bfloat16": _HALF,
    "softmax/gradient-accuracy@bfloat16": _HALF,
    "softmax/carries-long-sums@float16": _REDUCED,
    "softmax/gradient-of-long-sums@float16": _REDUCED,
    "binary-cross-entropy/reduces-large-batches@float16": _REDUCED,
    "binary-cross-entropy-with-logits/reduces-large-batches@float16": _REDUCED,
    "cross-entropy-with-logits/reduces-large-batches@float16": _REDUCED,
    "cross-entropy-with-logits/carries-long-sums@float16": _REDUCED,
    "cross-entropy-with-logits/gradient-of-long-sums@float16": _REDUCED,
    "binary-cross-entropy/accuracy": _CLAMPED,
    "binary-cross-entropy/relative-accuracy": _CLAMPED,
    "binary-cross-entropy/certain-and-wrong-is-infinite": _CLAMPED,
    "binary-cross-entropy/gradient-accuracy": _CLAMPED,
    "cross-entropy-with-logits/accuracy": _MASS,
    "cross-entropy-with-logits/relative-accuracy": _MASS,
    "cross-entropy-with-logits/no-mass-no-loss": _MASS,
    "cross-entropy-with-logits/gradient-accuracy": _MASS,
    "cross-entropy-with-logits/gradient-rows-sum": _MASS,
    "cross-entropy-with-logits/axis-does-not-matter": _MASS,
    "cross-entropy-with-logits/layout-does-not-matter": _MASS,
    "cross-entropy-with-logits/gradient-layout-does-not-matter": _MASS,
    "cross-entropy-with-logits/default-axis-is-the-last": _MASS,
    "cross-entropy-with-logits/masked-class-without-mass": _MASKED,
    "cross-entropy-with-logits/index-is-one-hot": _MASKED,
    "nll-loss/label-too-large-is-refused": _LABELS,
    "cross-entropy-with-logits/linear-in-the-cotangent": _MASS,
    "sigmoid/is-exp-of-log-sigmoid@float16": _SIGMOID,
    "log-softmax/gradient-accuracy@float16": _REDUCED,
    "log-softmax/gradient-finite@float16": _REDUCED,
    "log-softmax/carries-long-sums@float16": _REDUCED,
    "log-softmax/gradient-of-long-sums@float16": _REDUCED,
    "logsumexp/carries-long-sums@float16": _REDUCED,
    "logsumexp/gradient-of-long-sums@float16": _REDUCED,
    "nll-loss/reduces-large-batches@float16": _REDUCED,
    "softmax/is-exp-of-log-softmax@bfloat16": _HALF,
    "softmax/axis-does-not-matter@bfloat16": _HALF,
}
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


def _log_softmax(x, axis):
    """nn.log_softmax, but for what would end the process (SIGSEGV), so that all else is seen."""
    if x.shape[axis] < 2:
        raise ValueError("nn.log_softmax crashes on rows of one class, and hangs on empty ones")
    return nn.log_softmax(x, axis=axis)


sigmoid, sigmoid_vjp = _elementwise(mx.sigmoid)
log_sigmoid, log_sigmoid_vjp = _elementwise(nn.log_sigmoid)
softplus, softplus_vjp = _elementwise(nn.softplus)
softmax, softmax_vjp = _rowwise(mx.softmax)
log_softmax, log_softmax_vjp = _rowwise(_log_softmax)
logsumexp, logsumexp_vjp = _rowwise(mx.logsumexp)


def logaddexp(x, y):
    return _run(mx.logaddexp, x, y)


def logaddexp_vjp(x, y, cotangent):
    return _gradient(mx.logaddexp, x, y, cotangent)


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


def nll_loss(log_probs, labels, axis=-1, reduction="mean"):
    return _run(partial(nn.losses.nll_loss, axis=axis, reduction=reduction), log_probs, labels)


def nll_loss_vjp(log_probs, labels, cotangent, axis=-1, reduction="mean"):
    loss = partial(nn.losses.nll_loss, axis=axis, reduction=reduction)
    return _gradient(loss, log_probs, labels, cotangent)
