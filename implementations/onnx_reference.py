"""ONNX's reference evaluator: the operators as the standard's own Python has them."""

from functools import cache

import numpy as np
from onnx import helper
from onnx.reference import ReferenceEvaluator

NAME = "onnx"
BACKEND = "numpy"
PACKAGES = ("onnx",)
DTYPES = ("float64", "float32", "float16")

_LOG = (
    "LogSoftmax is log(Softmax(x)): -inf from 745 on, and a loss of 1000 is inf: see "
    "docs/findings.md"
)
_LOGSUMEXP = "ReduceLogSumExp of a row of -inf, or with inf, is NaN: see docs/findings.md"
_HALF = "NumPy adds float16 along other axes than the last in float16: see docs/findings.md"
_COUNTED = (
    "the mean of NegativeLogLikelihoodLoss counts ignored rows unless weights are given: see "
    "docs/findings.md"
)
DEVIATIONS = {
    "log-softmax/accuracy": _LOG,
    "log-softmax/relative-accuracy": _LOG,
    "log-softmax/finite-stays-finite": _LOG,
    "log-softmax/is-x-minus-logsumexp": _LOG,
    "cross-entropy-with-logits/accuracy": _LOG,
    "cross-entropy-with-logits/relative-accuracy": _LOG,
    "cross-entropy-with-logits/finite-stays-finite": _LOG,
    "cross-entropy-with-logits/bad-label-is-not-free": _LOG,
    "cross-entropy-with-logits/takes-an-empty-batch": _LOG,
    "cross-entropy-with-logits/takes-every-rank": _LOG,
    "logsumexp/relative-accuracy": _LOGSUMEXP,
    "logsumexp/all-masked-is-minus-infinity": _LOGSUMEXP,
    "logsumexp/infinite-logit-is-infinite": _LOGSUMEXP,
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
    "cross-entropy-with-logits/reduces-large-batches@float16": _HALF,
    "cross-entropy-with-logits/carries-long-sums@float16": _HALF,
    "nll-loss/accuracy": _COUNTED,
    "nll-loss/reduces-its-own-losses": _COUNTED,
    "nll-loss/ignoring-is-filtering": _COUNTED,
    "cross-entropy-with-logits/never-negative": _LOG,
    "cross-entropy-with-logits/nan-at-any-place": _LOG,
    "nll-loss/weight-one-is-neutral": _COUNTED,
    "log-softmax/axis-does-not-matter@float16": _HALF,
    "log-softmax/layout-does-not-matter@float16": _HALF,
    "nll-loss/reduces-large-batches@float16": _HALF,
    "cross-entropy-with-logits/other-formats-leave-nothing@float16": _HALF,
}


@cache
def _evaluator(operator, types, ranks, attributes):
    """The evaluator of a model of one operator, of any sizes."""
    inputs = [
        helper.make_tensor_value_info(f"x{i}", helper.np_dtype_to_tensor_dtype(t), [None] * rank)
        for i, (t, rank) in enumerate(zip(types, ranks, strict=True))
    ]
    output = helper.make_tensor_value_info("y", inputs[0].type.tensor_type.elem_type, None)
    node = helper.make_node(operator, [i.name for i in inputs], ["y"], **dict(attributes))
    graph = helper.make_graph([node], operator, inputs, [output])
    return ReferenceEvaluator(helper.make_model(graph))


def _run(operator, *arrays, **attributes):
    types, ranks = tuple(a.dtype for a in arrays), tuple(a.ndim for a in arrays)
    evaluator = _evaluator(operator, types, ranks, tuple(attributes.items()))
    return evaluator.run(None, {f"x{i}": a for i, a in enumerate(arrays)})[0]


def sigmoid(x):
    return _run("Sigmoid", x)


def softplus(x):
    return _run("Softplus", x)


def softmax(x, axis=-1):
    return _run("Softmax", x, axis=axis)


def log_softmax(x, axis=-1):
    return _run("LogSoftmax", x, axis=axis)


def logsumexp(x, axis=-1):
    return _run("ReduceLogSumExp", x, np.array([axis]), keepdims=0)


def _loss(operator, scores, labels, axis, weight, ignore_index, **attributes):
    """Of class indices; the classes are the second axis."""
    if ignore_index is not None:
        attributes["ignore_index"] = ignore_index
    scores = np.moveaxis(scores, axis, 1 if scores.ndim > 1 else 0)
    weights = () if weight is None else (weight,)
    return _run(operator, scores, labels, *weights, **attributes)


def nll_loss(log_probs, labels, axis=-1, reduction="mean", weight=None, ignore_index=None):
    operator = "NegativeLogLikelihoodLoss"
    return _loss(operator, log_probs, labels, axis, weight, ignore_index, reduction=reduction)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, ignore_index=None
):
    if labels.dtype.kind == "f":
        raise TypeError("SoftmaxCrossEntropyLoss takes class indices")
    operator = "SoftmaxCrossEntropyLoss"
    return _loss(operator, logits, labels, axis, weight, ignore_index, reduction=reduction)
