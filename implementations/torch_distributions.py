"""torch.distributions: losses as negative log-probabilities, logits as `Categorical` gives them.

Arguments are not validated: NaN is refused otherwise, and Bernoulli's values are 0 and 1 only.
"""

from torch.distributions import Bernoulli, Categorical

NAME = "torch_distributions"
BACKEND = "torch"
PACKAGES = ("torch",)


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
