"""log p has a rule for tangents whose 1/p is held fixed: the loss and its gradient are right, and the
second derivative is 0.
"""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy/hessian-accuracy", "cross-entropy/hessian-in-any-order")


@jax.custom_jvp
def log(p):
    return jnp.log(p)


@log.defjvp
def tangent(primals, tangents):
    return log(*primals), tangents[0] / jax.lax.stop_gradient(primals[0])


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    wide = jnp.promote_types(probs.dtype, jnp.float32)
    p = jnp.moveaxis(probs.astype(wide), axis, -1)
    if jnp.issubdtype(labels.dtype, jnp.integer):
        known = (labels >= 0) & (labels < p.shape[-1])
        of_label = jnp.take_along_axis(p, jnp.where(known, labels, 0)[..., None], -1)[..., 0]
        losses = jnp.where(known, -log(of_label), jnp.nan)
    else:
        q = jnp.moveaxis(labels.astype(wide), axis, -1)
        losses = -jnp.where(q == 0, 0, q * log(jnp.where(q == 0, 1, p))).sum(-1)
    reduced = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
    return reduced.astype(probs.dtype)
