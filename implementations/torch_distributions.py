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
_ENTROPY = (
    "the gradient of entropy multiplies logits by the cotangent, and is NaN where that overflows: "
    "see docs/findings.md"
)
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
    "cross-entropy/gradient-finite": _CLAMPED,
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
    "cross-entropy/hessian-accuracy": _CLAMPED,
    "cross-entropy/hessian-in-any-order": _CLAMPED,
    "cross-entropy/axis-does-not-matter@float64": _CLAMPED,
    "cross-entropy/gradient-start-does-not-matter@float64": _CLAMPED,
    "cross-entropy/gradient-layout-does-not-matter@float32": _CLAMPED,
    "log-softmax/gradient-finite@float16": _HALF,
    "log-softmax/gradient-of-long-sums@float16": _HALF,
    "cross-entropy/certain-and-wrong-is-not-free@bfloat16": _CLAMPED,
    "token-log-prob/accuracy": _NORMALISED,
    "token-log-prob/keeps-shift": _NORMALISED,
    "token-log-prob/gradient-accuracy": _NORMALISED,
    "token-log-prob/gradient-rows-sum": _NORMALISED,
    "token-log-prob/gradient-keeps-shift": _NORMALISED,
    "token-log-prob/hessian-accuracy": _NORMALISED,
    "token-log-prob/hessian-in-any-order": _NORMALISED,
    "token-log-prob/hessian-rows-sum-to-zero": _NORMALISED,
    "entropy-with-logits/accuracy": _NORMALISED,
    "entropy-with-logits/at-most-log-n": _NORMALISED,
    "entropy-with-logits/keeps-shift": _NORMALISED,
    "entropy-with-logits/masked-class-counts-nothing": _NORMALISED,
    "entropy-with-logits/gradient-accuracy": _NORMALISED,
    "entropy-with-logits/gradient-finite": _ENTROPY,
    "entropy-with-logits/gradient-keeps-shift": _NORMALISED,
    "entropy-with-logits/linear-in-the-cotangent": _ENTROPY,
    "entropy-with-logits/commutes-with-powers-of-two": _ENTROPY,
    "entropy-with-logits/hessian-accuracy": _NORMALISED,
    "entropy-with-logits/hessian-in-any-order": _NORMALISED,
    "entropy-with-logits/hessian-rows-sum-to-zero": _NORMALISED,
    "token-log-prob/carries-long-sums@float16": _HALF,
    "token-log-prob/gradient-of-long-sums@float16": _HALF,
    "entropy-with-logits/carries-long-sums@float16": _HALF,
    "entropy-with-logits/gradient-of-long-sums@float16": _HALF,
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


def entropy_with_logits(logits, axis=-1):
    return Categorical(logits=_last(logits, axis), validate_args=False).entropy()


def token_log_prob(logits, labels, axis=-1):
    return Categorical(logits=_last(logits, axis), validate_args=False).log_prob(labels)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    losses = -Bernoulli(logits=logits, validate_args=False).log_prob(labels)
    return _reduced(losses, reduction)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if labels.is_floating_point():
        raise TypeError("Categorical has class indices")
    return _reduced(-token_log_prob(logits, labels, axis), reduction)


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    if labels.is_floating_point():
        raise TypeError("Categorical has class indices")
    return _reduced(
        -Categorical(probs=_last(probs, axis), validate_args=False).log_prob(labels), reduction
    )
