"""Liger-Kernel's softmax and cross-entropy; on CPUs by Triton's interpreter, which is slow."""

import os

import torch

if not torch.cuda.is_available():
    os.environ.setdefault("TRITON_INTERPRET", "1")

from liger_kernel.transformers.functional import liger_cross_entropy, liger_softmax

NAME = "liger"
BACKEND = "torch"
PACKAGES = ("liger-kernel", "triton", "torch")
DTYPES = ("float32", "bfloat16")

_SHIFTED = (
    "the loss is logsumexp(x) - x[y], which rounds log Σ away where logits are large: see "
    "docs/findings.md"
)
_LOGITS = (
    "the gradient of logits that are not contiguous is the logits themselves: see docs/findings.md"
)
_DOUBLED = (
    "each further backward pass of one graph multiplies the gradient by the cotangent again: see "
    "docs/findings.md"
)
_CONSTANT = "the gradient is a constant to a second derivative: see docs/findings.md"
DEVIATIONS = {
    "cross-entropy-with-logits/accuracy": _SHIFTED,
    "cross-entropy-with-logits/keeps-shift": _SHIFTED,
    "cross-entropy-with-logits/never-negative": _SHIFTED,
    "cross-entropy-with-logits/masked-class-without-mass": _SHIFTED,
    "cross-entropy-with-logits/gradient-accuracy": _LOGITS,
    "cross-entropy-with-logits/gradient-rows-sum": _LOGITS,
    "cross-entropy-with-logits/masked-gradient-is-zero": _LOGITS,
    "cross-entropy-with-logits/gradient-keeps-shift": _LOGITS,
    "cross-entropy-with-logits/gradient-has-no-state": _LOGITS,
    "cross-entropy-with-logits/gradient-row-alone": _LOGITS,
    "cross-entropy-with-logits/gradient-layout-does-not-matter": _LOGITS,
    "cross-entropy-with-logits/gradients-of-one-graph": _DOUBLED,
    "cross-entropy-with-logits/hessian-accuracy": _CONSTANT,
}

#: An `ignore_index` that no label has: the kernel's own default, -100, would hide a bad label.
_NONE = -(2**31)


def softmax(x):
    """Of the last axis."""
    return liger_softmax(x)


def cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, ignore_index=None, label_smoothing=0.0
):
    """Of matrices and class indices."""
    if labels.is_floating_point():
        raise TypeError("liger_cross_entropy takes class indices")
    return liger_cross_entropy(
        logits.clone(),  # the kernel writes the gradient into its argument
        labels.long(),
        weight=weight,
        ignore_index=_NONE if ignore_index is None else ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )
