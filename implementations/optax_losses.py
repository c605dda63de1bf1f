"""optax's losses, called the way a user calls them; derivatives are jax.vjp's.

Only the losses: sigmoid, softmax and logsumexp are JAX's.
"""

import jax.numpy as jnp
import optax

NAME = "optax"
BACKEND = "jax"
PACKAGES = ("optax", "jax")


def _reduced(losses, reduction):
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction={reduction!r}: not one of 'none', 'sum', 'mean'")
    return losses if reduction == "none" else getattr(losses, reduction)()


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    return _reduced(optax.sigmoid_binary_cross_entropy(logits, labels), reduction)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if jnp.issubdtype(labels.dtype, jnp.integer):
        losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels, axis=axis)
    else:
        losses = optax.softmax_cross_entropy(logits, labels, axis=axis)
    return _reduced(losses, reduction)
