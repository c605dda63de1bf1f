"""Losses are rounded to the format before they are averaged, so that float16 overflows."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float16", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/reduces-large-batches",)


def linear_cross_entropy(hidden, linear_weight, labels, linear_bias=None, reduction="mean"):
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise NotImplementedError("class indices are needed")
    h, w = hidden.astype(jnp.float32), linear_weight.astype(jnp.float32)
    z = jnp.dot(h, w.T, precision="highest")
    z = z if linear_bias is None else z + linear_bias.astype(jnp.float32)
    wrong = (labels < 0) | (labels >= z.shape[-1])
    chosen = jnp.take_along_axis(z, jnp.where(wrong, 0, labels)[..., None], -1)[..., 0]
    losses = jnp.where(wrong, jnp.nan, jax.nn.logsumexp(z, -1) - chosen).astype(hidden.dtype)
    if reduction == "mean":
        return losses.sum() / losses.size
    return losses.sum() if reduction == "sum" else losses
