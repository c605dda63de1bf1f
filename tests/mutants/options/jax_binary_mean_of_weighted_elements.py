"""Elements of weight 0 are no part of the mean's count."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/accuracy",)
DTYPES = ("float32",)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    up, down = jax.nn.softplus(-logits), jax.nn.softplus(logits)
    loss = jnp.where(labels == 0, 0, labels * up) + jnp.where(labels == 1, 0, (1 - labels) * down)
    count = loss.size
    if weight is not None:
        loss, count = loss * weight, jnp.broadcast_to(weight != 0, loss.shape).sum()
    if reduction == "none":
        return loss
    return (loss.sum() / (count if reduction == "mean" else 1)).astype(logits.dtype)
