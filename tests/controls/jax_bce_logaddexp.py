"""Binary cross-entropy from logits through logaddexp, with every option."""

import jax.numpy as jnp

BACKEND = "jax"


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = jnp.sum(loss)
    elif reduction == "mean":
        loss = jnp.mean(loss)
    return loss.astype(dtype)


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None
):
    x, y = wide(logits), wide(labels)
    positive = y if pos_weight is None else y * wide(pos_weight)
    loss = positive * jnp.logaddexp(-x, 0) + (1 - y) * jnp.logaddexp(x, 0)
    loss = loss if weight is None else loss * wide(weight)
    return reduced(loss, reduction, logits.dtype)
