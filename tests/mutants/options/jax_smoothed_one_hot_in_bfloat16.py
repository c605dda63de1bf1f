"""Smoothed labels meet the classes in the logits' format: bfloat16 rounds those beyond 256."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)
DTYPES = ("float32", "bfloat16")


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    if jnp.issubdtype(labels.dtype, jnp.floating):
        raise NotImplementedError("class indices only")
    x = jnp.moveaxis(logits, axis, -1)
    n = x.shape[-1]
    log_p = jax.nn.log_softmax(x.astype(jnp.float32), -1)
    if label_smoothing:
        hot = labels[..., None].astype(x.dtype) == jnp.arange(n, dtype=x.dtype)
    else:
        hot = labels[..., None] == jnp.arange(n)
    share = (1 - label_smoothing) * hot + label_smoothing / n
    loss = -jnp.where(share == 0, 0, share * log_p).sum(-1)
    loss = jnp.where((labels >= 0) & (labels < n), loss, jnp.nan)
    if reduction == "sum":
        loss = loss.sum()
    elif reduction == "mean":
        loss = loss.mean()
    return loss.astype(logits.dtype)
