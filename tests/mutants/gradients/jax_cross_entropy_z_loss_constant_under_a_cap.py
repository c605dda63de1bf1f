"""λL² takes its L from logits that are no variables where a cap is given: no slope, right value."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = (
    "cross-entropy-with-logits/gradient-accuracy",
    "cross-entropy-with-logits/hessian-accuracy",
)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, ignore_index=None,
    label_smoothing=0.0, where=None, softcap=None, z_loss=0.0,
):  # fmt: skip
    x = jnp.moveaxis(logits, axis, -1).astype(jnp.promote_types(logits.dtype, jnp.float32))
    n = x.shape[-1]
    x = x if softcap is None else softcap * jnp.tanh(x / softcap)
    if where is not None:
        x = jnp.where(jnp.moveaxis(where, axis, -1), x, -jnp.inf)
    w = jnp.ones(n, x.dtype) if weight is None else weight.astype(x.dtype)
    kept = True
    if jnp.issubdtype(labels.dtype, jnp.integer):
        kept = jnp.full(labels.shape, True) if ignore_index is None else labels != ignore_index
        hot = labels[..., None] == jnp.arange(n)
        q = jnp.where(hot.any(-1, keepdims=True) | ~kept[..., None], hot, jnp.nan)
        q = jnp.where(kept[..., None], q, 0).astype(x.dtype)
        x = jnp.where(kept[..., None], x, 0)
        count = (q * w).sum()
    else:
        q = jnp.moveaxis(labels, axis, -1).astype(x.dtype)
        count = q.size // n
    a = ((1 - label_smoothing) * q + label_smoothing / n) * w
    loss = -(a * jnp.where(a == 0, 0, jax.nn.log_softmax(x))).sum(-1)
    fixed = x if softcap is None else jax.lax.stop_gradient(x)
    if z_loss:
        loss = loss + z_loss * jax.nn.logsumexp(fixed, axis=-1) ** 2
    loss = jnp.where(kept, loss, 0)
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.sum() / count
    return loss.astype(logits.dtype)
