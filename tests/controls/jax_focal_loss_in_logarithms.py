"""e^(γ log σ(z)) in place of a power, by log_sigmoid, with jax's derivatives."""

import jax
import jax.numpy as jnp

BACKEND = "jax"


def sigmoid_focal_loss(logits, labels, reduction="mean", alpha=None, gamma=2.0):
    x = logits.astype(jnp.promote_types(logits.dtype, jnp.float32))
    positive = labels == 1
    z = jnp.where(positive, -x, x)
    losses = jnp.exp(gamma * jax.nn.log_sigmoid(z)) * -jax.nn.log_sigmoid(-z)
    if alpha is not None:
        losses = jnp.where(positive, alpha, 1 - alpha) * losses
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return losses.astype(logits.dtype)
