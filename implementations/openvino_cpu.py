"""OpenVINO: a model of one operation each, compiled for the CPU with float32 arithmetic.

float16 is the format of what goes in and comes out. There is no operation for logsumexp or a loss.
"""

from functools import cache

import openvino as ov
from openvino import opset13 as ops

NAME = "openvino"
BACKEND = "numpy"
PACKAGES = ("openvino",)
DTYPES = ("float32", "float16")

_FLUSHED = (
    "the exponential is 0 below 1.42 times the smallest normal number, which the relaxed grade "
    "admits: see docs/findings.md"
)
_NAN = (
    "beside a NaN the other probabilities are 0: see docs/findings.md; beside +inf, too: "
    "https://github.com/openvinotoolkit/openvino/issues/35897"
)
_SOFTPLUS = (
    "SoftPlus has an absolute error near 2e-6 and is 0 or negative for x below -10: see "
    "docs/findings.md"
)
DEVIATIONS = {
    "sigmoid/accuracy@float32": _FLUSHED,
    "softmax/accuracy@float32": _FLUSHED,
    "softmax/nan-fills-the-row": _NAN,
    "softmax/nan-at-any-place": _NAN,
    "log-softmax/nan-fills-the-row": _NAN,
    "log-softmax/nan-at-any-place": _NAN,
    "softplus/accuracy": _SOFTPLUS,
    "softplus/never-negative": _SOFTPLUS,
    "softplus/monotone": _SOFTPLUS,
    "softplus/convex-at-midpoints": _SOFTPLUS,
}

_CORE = ov.Core()
_HINTS = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}


@cache
def _compiled(operation, dtype, rank, options):
    x = ops.parameter([-1] * rank, dtype)
    model = ov.Model([getattr(ops, operation)(x, *options)], [x])
    return _CORE.compile_model(model, "CPU", _HINTS)


def _run(operation, x, *options):
    return _compiled(operation, x.dtype.type, x.ndim, options)([x])[0]


def sigmoid(x):
    return _run("sigmoid", x)


def softplus(x):
    return _run("softplus", x)


def softmax(x, axis=-1):
    return _run("softmax", x, axis)


def log_softmax(x, axis=-1):
    return _run("log_softmax", x, axis)
