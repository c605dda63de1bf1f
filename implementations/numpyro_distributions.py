"""NumPyro's distributions: losses as negative log-probabilities.

Arguments are not validated: what is no value of a distribution, as 0.5 is none of Bernoulli's, has
the probability 0 otherwise.
"""

import jax.numpy as jnp
from numpyro.distributions import BernoulliLogits, BernoulliProbs, CategoricalLogits

NAME = "numpyro"
BACKEND = "jax"
PACKAGES = ("numpyro", "jax")


def _reduced(losses, reduction):
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction={reduction!r}: not one of 'none', 'sum', 'mean'")
    return losses if reduction == "none" else getattr(losses, reduction)()


def binary_cross_entropy(probs, labels, reduction="mean"):
    return _reduced(-BernoulliProbs(probs, validate_args=False).log_prob(labels), reduction)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    return _reduced(-BernoulliLogits(logits, validate_args=False).log_prob(labels), reduction)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if jnp.issubdtype(labels.dtype, jnp.floating):
        raise TypeError("CategoricalLogits has class indices")
    scores = jnp.moveaxis(logits, axis, -1)
    return _reduced(-CategoricalLogits(scores, validate_args=False).log_prob(labels), reduction)
