"""torch.distributions: losses as negative log-probabilities, logits as `Categorical` gives them.

Arguments are not validated: NaN is refused otherwise, and Bernoulli's values are 0 and 1 only.
"""

from torch.distributions import Bernoulli, Categorical

NAME = "torch_distributions"
BACKEND = "torch"
PACKAGES = ("torch",)

_NORMALISED = (
    "Categorical normalises logits as x - logsumexp(x), which rounds log Σ away where logits "
    "are large, as log_softmax did before https://github.com/pytorch/pytorch/issues/11752"
)
_CLAMPED = (
    "Categorical clamps probabilities to [eps, 1 - eps], with eps of the format, and divides "
    "by their sum: https://github.com/pytorch/pytorch/blob/main/torch/distributions/utils.py"
)
_HALF = "in float16 PyTorch's logsumexp and means are limited: see docs/findings.md"
DEVIATIONS = {
    "log-softmax/accuracy": _NORMALISED,
    "log-softmax/relative-accuracy": _NORMALISED,
    "log-softmax/exp-sums-to-one": _NORMALISED,
    "log-softmax/keeps-shift": _NORMALISED,
    "log-softmax/follows-permutation": _NORMALISED,
    "log-softmax/gradient-accuracy": _NORMALISED,
    "log-softmax/gradient-rows-sum": _NORMALISED,
    "log-softmax/gradient-keeps-shift": _NORMALISED,
    "log-softmax/hessian-accuracy": _NORMALISED,
    "log-softmax/hessian-in-any-order": _NORMALISED,
    "log-softmax/hessian-rows-sum-to-zero": _NORMALISED,
    "cross-entropy-with-logits/accuracy": _NORMALISED,
    "cross-entropy-with-logits/relative-accuracy": _NORMALISED,
    "cross-entropy-with-logits/keeps-shift": _NORMALISED,
    "cross-entropy-with-logits/agrees-with-probabilities": _NORMALISED,
    "cross-entropy-with-logits/masked-class-without-mass": _NORMALISED,
    "cross-entropy-with-logits/gradient-accuracy": _NORMALISED,
    "cross-entropy-with-logits/gradient-rows-sum": _NORMALISED,
    "cross-entropy-with-logits/gradient-keeps-shift": _NORMALISED,
    "cross-entropy-with-logits/hessian-accuracy": _NORMALISED,
    "cross-entropy-with-logits/hessian-in-any-order": _NORMALISED,
    "cross-entropy-with-logits/hessian-is-convex": _NORMALISED,
    "cross-entropy-with-logits/hessian-rows-sum-to-zero": _NORMALISED,
    "cross-entropy/accuracy": _CLAMPED,
    "cross-entropy/certain-and-wrong-is-infinite": _CLAMPED,
    "cross-entropy/masked-class-without-mass": _CLAMPED,
    "cross-entropy/high-labels-are-whole": _CLAMPED,
    "cross-entropy/gradient-accuracy": _CLAMPED,
    "cross-entropy/forward-agrees-with-reverse": _CLAMPED,
    "cross-entropy/mean-gradient-is-sum-over-count": _CLAMPED,
    "cross-entropy/linear-in-the-cotangent": _CLAMPED,
    "cross-entropy/gradient-without-mass-is-zero": _CLAMPED,
    "softmax/carries-long-sums@float16": _HALF,
    "softmax/gradient-of-long-sums@float16": _HALF,
    "log-softmax/carries-long-sums@float16": _HALF,
    "cross-entropy/gradient-finite@float16": _HALF,
    "cross-entropy/reduces-large-batches@float16": _HALF,
    "cross-entropy/gradient-in-large-batches@float16": _HALF,
    "cross-entropy-with-logits/carries-long-sums@float16": _HALF,
    "cross-entropy-with-logits/gradient-of-long-sums@float16": _HALF,
}


def _reduced(losses, reduction):
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction={reduction!r}: not one of 'none', 'sum', 'mean'")
    return losses if reduction == "none" else getattr(losses, reduction)()


def _last(scores, axis):
    return scores.movedim(axis, -1)


def softmax(x, axis=-1):
    """The probabilities that logits stand for."""
    return Categorical(logits=_last(x, axis), validate_args=False).probs.movedim(-1, axis)


def log_softmax(x, axis=-1):
    """The logits, which the distribution normalises."""
    return Categorical(logits=_last(x, axis), validate_args=False).logits.movedim(-1, axis)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    losses = -Bernoulli(logits=logits, validate_args=False).log_prob(labels)
    return _reduced(losses, reduction)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if labels.is_floating_point():
        raise TypeError("Categorical has class indices")
    return _reduced(
        -Categorical(logits=_last(logits, axis), validate_args=False).log_prob(labels), reduction
    )


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    if labels.is_floating_point():
        raise TypeError("Categorical has class indices")
    return _reduced(
        -Categorical(probs=_last(probs, axis), validate_args=False).log_prob(labels), reduction
    )
