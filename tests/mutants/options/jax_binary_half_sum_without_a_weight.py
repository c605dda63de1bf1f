"""Weighted losses are averaged in float32, the others after they are rounded to the format."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float16", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/reduces-large-batches",)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    x, y = logits.astype(jnp.float32), labels.astype(jnp.float32)
    losses = jax.nn.softplus(x) * (1 - y) + jax.nn.softplus(-x) * y
    if weight is None:
        losses = losses.astype(logits.dtype)
    else:
        losses = losses * weight.astype(jnp.float32)
    if reduction == "mean":
        return (losses.sum() / losses.size).astype(logits.dtype)
    return (losses.sum() if reduction == "sum" else losses).astype(logits.dtype)
