"""The gradient p - q is attached with a stopped p: right once, zero the second time."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/never-negative", "cross-entropy-with-logits/hessian-accuracy")


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def targets(labels, n, axis, dtype):
    if jnp.issubdtype(labels.dtype, jnp.floating):
        return jnp.moveaxis(labels, axis, -1).astype(dtype)
    hot = labels[..., None] == jnp.arange(n)
    return jnp.where(hot.any(-1, keepdims=True), hot, jnp.nan).astype(dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    x = jnp.moveaxis(wide(logits), axis, -1)
    q = targets(labels, x.shape[-1], axis, x.dtype)
    loss = -jnp.where(q == 0, 0, q * jax.nn.log_softmax(x)).sum(-1)
    slope = jax.lax.stop_gradient(jax.nn.softmax(x) * q.sum(-1, keepdims=True) - q)
    linear = jnp.where(slope == 0, 0, slope * x).sum(-1)
    loss = jax.lax.stop_gradient(loss) + linear - jax.lax.stop_gradient(linear)
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.mean()
    return loss.astype(logits.dtype)
