"""The value comes from log_softmax, the derivative from log(max(p, 1e-12)): 0 for rows that are
very wrong.
"""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = (
    "cross-entropy-with-logits/gradient-accuracy",
    "cross-entropy-with-logits/hessian-accuracy",
)


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
    lp = jax.nn.log_softmax(x)
    through = jnp.log(jnp.maximum(jax.nn.softmax(x), 1e-12))
    lp = jnp.where(q == 0, 0, jax.lax.stop_gradient(lp))
    loss = -(q * (lp + through - jax.lax.stop_gradient(through))).sum(-1)
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.mean()
    return loss.astype(logits.dtype)
