"""-Σ q·log_softmax(x): 0 · -inf = NaN for masked classes."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = (
    "cross-entropy-with-logits/masked-label-is-infinite",
    "cross-entropy-with-logits/masked-class-without-mass",
    "cross-entropy-with-logits/finite-stays-finite",
)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    lp = jax.nn.log_softmax(wide(logits), axis)
    q = wide(labels) if jnp.issubdtype(labels.dtype, jnp.floating) else hot(lp, labels, axis)
    loss = -jnp.sum(q * lp, axis)
    if reduction != "none":
        loss = jnp.sum(loss) if reduction == "sum" else jnp.mean(loss)
    return loss.astype(logits.dtype)


def hot(lp, labels, axis):
    n = lp.shape[axis]
    bad = jnp.expand_dims((labels < 0) | (labels >= n), axis)
    return jnp.where(bad, jnp.nan, jax.nn.one_hot(labels, n, axis=axis, dtype=lp.dtype))
