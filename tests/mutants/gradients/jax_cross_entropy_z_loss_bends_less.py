"""The slope 2λL of λL² is that of a fixed L: its derivative lacks 2λ p pᵀ."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/hessian-accuracy",)


@jax.custom_jvp
def squared(x):
    return x * x


@squared.defjvp
def _squared_jvp(primals, tangents):
    (x,), (v,) = primals, tangents
    return x * x, 2 * jax.lax.stop_gradient(x) * v


def cross_entropy_with_logits(logits, labels, axis=-1, ignore_index=None, where=None, z_loss=0.0):
    x = jnp.moveaxis(logits, axis, -1).astype(jnp.promote_types(logits.dtype, jnp.float32))
    n = x.shape[-1]
    if where is not None:
        x = jnp.where(jnp.moveaxis(where, axis, -1), x, -jnp.inf)
    if jnp.issubdtype(labels.dtype, jnp.integer):
        hot = labels[..., None] == jnp.arange(n)
        kept = jnp.full(labels.shape, True) if ignore_index is None else labels != ignore_index
        q = jnp.where(hot.any(-1, keepdims=True) | ~kept[..., None], hot, jnp.nan)
    else:
        q = jnp.moveaxis(labels, axis, -1).astype(x.dtype)
        kept = jnp.full(q.shape[:-1], True)
    x = jnp.where(kept[..., None], x, 0)
    log_p = jax.nn.log_softmax(x)
    loss = -jnp.where(q == 0, 0, q * jnp.where(q == 0, 0, log_p)).sum(-1)
    if z_loss:
        loss = loss + z_loss * squared(jax.nn.logsumexp(x, axis=-1))
    return (jnp.where(kept, loss, 0).sum() / kept.sum()).astype(logits.dtype)
