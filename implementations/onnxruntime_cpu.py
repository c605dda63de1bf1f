"""ONNX Runtime: a model of one operator each, run by the CPU provider."""

from functools import cache

import numpy as np
import onnxruntime as ort
from onnx import helper

NAME = "onnxruntime"
BACKEND = "numpy"
PACKAGES = ("onnxruntime", "onnx")
DTYPES = ("float64", "float32", "float16")

_SIGMOID = (
    "Sigmoid has an absolute error near 1e-7 in float32 and 2e-16 in float64, whatever the size of "
    "the result: https://github.com/microsoft/onnxruntime/issues/22557"
)
_SUM = (
    "ReduceLogSumExp subtracts 0 at least from a row that begins with -inf, and in float16 nothing "
    "at all, where e^x leaves float64 from 710 on: see docs/findings.md and "
    "https://github.com/microsoft/onnxruntime/issues/28461 on such rows"
)
_NAN = (
    "LogSoftmax in float64 takes a NaN for a number, the loss with it: see docs/findings.md; the "
    "same was in Erf: https://github.com/microsoft/onnxruntime/issues/28462"
)
_SOFTPLUS = (
    "Softplus but in float32 is log(e^x + 1), which overflows, without log1p: see docs/findings.md"
)
DEVIATIONS = {
    "sigmoid/accuracy": _SIGMOID,
    "sigmoid/monotone": _SIGMOID,
    "sigmoid/no-steeper-than": _SIGMOID,
    "logsumexp/accuracy": _SUM,
    "logsumexp/relative-accuracy": _SUM,
    "logsumexp/at-least-max": _SUM,
    "logsumexp/at-most-max-plus-log-n@float16": _SUM,
    "logsumexp/finite-stays-finite": _SUM,
    "logsumexp/follows-permutation": _SUM,
    "logsumexp/nests": _SUM,
    "logsumexp/one-class-is-certain@float16": _SUM,
    "log-softmax/nan-fills-the-row@float64": _NAN,
    "log-softmax/nan-at-any-place@float64": _NAN,
    "cross-entropy-with-logits/nan-gives-nan-loss@float64": _NAN,
    "cross-entropy-with-logits/nan-at-any-place@float64": _NAN,
    "softplus/accuracy": _SOFTPLUS,
    "softplus/finite-stays-finite": _SOFTPLUS,
    "softplus/reflects": _SOFTPLUS,
}


@cache
def _session(operator, types, ranks, attributes):
    """A session for a model of one operator, of any sizes."""
    inputs = [
        helper.make_tensor_value_info(f"x{i}", helper.np_dtype_to_tensor_dtype(t), [None] * rank)
        for i, (t, rank) in enumerate(zip(types, ranks, strict=True))
    ]
    output = helper.make_tensor_value_info("y", inputs[0].type.tensor_type.elem_type, None)
    node = helper.make_node(operator, [i.name for i in inputs], ["y"], **dict(attributes))
    graph = helper.make_graph([node], operator, inputs, [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4  # silent: what is refused is raised
    return ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _run(operator, *arrays, **attributes):
    types, ranks = tuple(a.dtype for a in arrays), tuple(a.ndim for a in arrays)
    session = _session(operator, types, ranks, tuple(attributes.items()))
    return session.run(None, {f"x{i}": a for i, a in enumerate(arrays)})[0]


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
