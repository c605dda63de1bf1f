"""Cross-entropy with every option in JAX, by masks; out-of-range labels give NaN, since a jitted
function cannot raise.
"""

import jax
import jax.numpy as jnp

BACKEND = "jax"


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def targets(labels, n, axis, w, ignore_index, smoothing, dtype):
    if jnp.issubdtype(labels.dtype, jnp.floating):
        q = jnp.moveaxis(labels, axis, -1).astype(dtype)
        return w * ((1 - smoothing) * q + smoothing / n), jnp.ones(q.shape[:-1], dtype)
    kept = jnp.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    hot = labels[..., None] == jnp.arange(n)
    bad = kept & ~hot.any(-1)
    rows = jnp.where(kept, (w * hot).sum(-1), 0)
    q = w * ((1 - smoothing) * hot.astype(dtype) + smoothing / n)
    q = jnp.where(bad[..., None], jnp.nan, q)
    return jnp.where(kept[..., None], q, 0), jnp.where(bad, jnp.nan, rows)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, ignore_index=None, label_smoothing=0.0
):
    x = jnp.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    w = jnp.ones(n, x.dtype) if weight is None else weight.astype(x.dtype)
    q, rows = targets(labels, n, axis, w, ignore_index, label_smoothing, x.dtype)
    x = jnp.where(jnp.any(q != 0, -1, keepdims=True), x, 0)
    loss = -jnp.where(q == 0, 0, q * jax.nn.log_softmax(x)).sum(-1)
    if reduction == "mean":
        loss = loss.sum() / rows.sum()
    elif reduction == "sum":
        loss = loss.sum()
    return loss.astype(logits.dtype)
