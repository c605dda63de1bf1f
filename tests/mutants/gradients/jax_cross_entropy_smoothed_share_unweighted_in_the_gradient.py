"""The share that label smoothing spreads takes the weights of its classes as constants."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/weight-gradient-accuracy",)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, label_smoothing=0.0
):
    x = jnp.moveaxis(logits, axis, -1).astype(jnp.promote_types(logits.dtype, jnp.float32))
    n = x.shape[-1]
    w = jnp.ones(n, x.dtype) if weight is None else weight.astype(x.dtype)
    if jnp.issubdtype(labels.dtype, jnp.integer):
        hot = labels[..., None] == jnp.arange(n)
        q = jnp.where(hot.any(-1, keepdims=True), hot, jnp.nan).astype(x.dtype)
        count = (q * w).sum()
    else:
        q = jnp.moveaxis(labels, axis, -1).astype(x.dtype)
        count = q.size // n
    a = (1 - label_smoothing) * q * w + label_smoothing / n * jax.lax.stop_gradient(w)
    loss = -(a * jnp.where(a == 0, 0, jax.nn.log_softmax(x))).sum(-1)
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.sum() / count
    return loss.astype(logits.dtype)
