"""optax's losses, called the way a user calls them; derivatives are jax.vjp's.

Only the losses: sigmoid, softmax and logsumexp are JAX's.
"""

import jax.numpy as jnp
import optax

NAME = "optax"
BACKEND = "jax"
PACKAGES = ("optax", "jax")

_SHIFTED = (
    "the loss of class indices is logsumexp(x) - x[y], which rounds log Σ away where logits are "
    "large: https://github.com/google-deepmind/optax/pull/1792"
)
_MASKED = (
    "soft labels: 0·log 0 is 0·(-inf) = NaN where a masked class has no mass; "
    "safe_softmax_cross_entropy is right: https://github.com/google-deepmind/optax/issues/896"
)
_LONG = "in float16 the sum of JAX's logsumexp is rounded to float16: see docs/findings.md"
_NO_MASS = (
    "kl_divergence is NaN where a target of 0 meets log p = -inf, and where a log target is "
    "-inf: https://github.com/google-deepmind/optax/pull/1786"
)
DEVIATIONS = {
    "cross-entropy-with-logits/accuracy": _SHIFTED,
    "cross-entropy-with-logits/relative-accuracy": _SHIFTED,
    "cross-entropy-with-logits/keeps-shift": _SHIFTED,
    "cross-entropy-with-logits/index-is-one-hot": _SHIFTED,
    "cross-entropy-with-logits/masked-class-without-mass": _MASKED,
    "cross-entropy-with-logits/carries-long-sums@float16": _LONG,
    "cross-entropy-with-logits/gradient-of-long-sums@float16": _LONG,
    "kl-div/no-mass-costs-nothing": _NO_MASS,
}


def _reduced(losses, reduction):
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction={reduction!r}: not one of 'none', 'sum', 'mean'")
    return losses if reduction == "none" else getattr(losses, reduction)()


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    return _reduced(optax.sigmoid_binary_cross_entropy(logits, labels), reduction)


def sigmoid_focal_loss(logits, labels, reduction="mean", alpha=None, gamma=2.0):
    losses = optax.sigmoid_focal_loss(logits, labels, alpha=alpha, gamma=gamma)
    return _reduced(losses, reduction)


def kl_div(log_probs, labels, reduction="mean", log_target=False):
    """Of one class at a time, since optax adds up those of an axis."""
    losses = optax.losses
    loss = losses.kl_divergence_with_log_targets if log_target else losses.kl_divergence
    return _reduced(loss(log_probs[..., None], labels[..., None]), reduction)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if jnp.issubdtype(labels.dtype, jnp.integer):
        losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels, axis=axis)
    else:
        losses = optax.softmax_cross_entropy(logits, labels, axis=axis)
    return _reduced(losses, reduction)
