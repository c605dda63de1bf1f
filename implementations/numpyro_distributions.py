"""NumPyro's distributions: losses as negative log-probabilities.

Arguments are not validated: what is no value of a distribution, as 0.5 is none of Bernoulli's, has
the probability 0 otherwise.
"""

import jax.numpy as jnp
from numpyro.distributions import BernoulliLogits, BernoulliProbs, CategoricalLogits

NAME = "numpyro"
BACKEND = "jax"
PACKAGES = ("numpyro", "jax")

_AT_ZERO = (
    "the gradient of BernoulliLogits at a logit of 0 is -y, where 1/2 - y is exact: see "
    "docs/findings.md"
)
_NAN = (
    "BernoulliLogits takes a NaN for -inf: see docs/findings.md and "
    "https://github.com/pyro-ppl/numpyro/issues/2240"
)
_CLAMPED = (
    "BernoulliProbs clamps probabilities to [tiny, 1 - eps], as documented: "
    "https://num.pyro.ai/en/stable/distributions.html"
)
_SHIFTED = (
    "CategoricalLogits is x - logsumexp(x), which rounds log Σ away where logits are large, "
    "as log_softmax did before https://github.com/pytorch/pytorch/issues/11752"
)
_WIDE = "BernoulliProbs computes in float32 and gives it: see docs/findings.md"
_HALF = "in float16 sums of JAX are rounded to float16: see docs/findings.md"
DEVIATIONS = {
    "binary-cross-entropy-with-logits/gradient-accuracy": _AT_ZERO,
    "binary-cross-entropy-with-logits/gradient-relative-accuracy": _AT_ZERO,
    "binary-cross-entropy-with-logits/nan-gives-nan-loss": _NAN,
    "binary-cross-entropy/accuracy": _CLAMPED,
    "binary-cross-entropy/relative-accuracy": _CLAMPED,
    "binary-cross-entropy/certain-and-right-is-free": _CLAMPED,
    "binary-cross-entropy/certain-and-wrong-is-infinite": _CLAMPED,
    "binary-cross-entropy/swaps-with-its-label": _CLAMPED,
    "binary-cross-entropy/gradient-accuracy": _CLAMPED,
    "binary-cross-entropy/commutes-with-powers-of-two": _CLAMPED,
    "binary-cross-entropy/gradient-finite": _CLAMPED,
    "binary-cross-entropy/linear-in-the-cotangent": _CLAMPED,
    "cross-entropy-with-logits/accuracy": _SHIFTED,
    "cross-entropy-with-logits/relative-accuracy": _SHIFTED,
    "cross-entropy-with-logits/keeps-shift": _SHIFTED,
    "cross-entropy-with-logits/masked-class-without-mass": _SHIFTED,
    "cross-entropy-with-logits/bad-label-is-not-free": _SHIFTED,
    "binary-cross-entropy/keeps-dtype@float16": _WIDE,
    "binary-cross-entropy/keeps-dtype@bfloat16": _WIDE,
    "binary-cross-entropy/reduces-large-batches@float16": _HALF,
    "binary-cross-entropy/gradient-in-large-batches@float16": _HALF,
    "cross-entropy-with-logits/carries-long-sums@float16": _HALF,
    "cross-entropy-with-logits/gradient-of-long-sums@float16": _HALF,
    "binary-cross-entropy/hessian-accuracy@float32": _CLAMPED,
    "binary-cross-entropy/hessian-in-any-order@float32": _CLAMPED,
}


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
