"""The mean is a sum in the format, divided by the number of rows; float32 stands beside."""

import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float16", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy/reduces-large-batches",)


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    p = jnp.moveaxis(probs.astype(jnp.float32), axis, -1)
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise NotImplementedError("class indices are needed")
    wrong = (labels < 0) | (labels >= p.shape[-1])
    chosen = jnp.take_along_axis(p, jnp.where(wrong, 0, labels)[..., None], -1)[..., 0]
    losses = jnp.where(wrong, jnp.nan, -jnp.log(chosen)).astype(probs.dtype)
    if reduction == "mean":
        return losses.sum() / losses.size
    return losses.sum() if reduction == "sum" else losses
