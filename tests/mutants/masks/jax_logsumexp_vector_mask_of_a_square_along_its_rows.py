"""A mask of fewer axes is aligned with the first one, if it is as long, not with the last."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/a-mask-is-broadcast",)
DTYPES = ("float32",)


def logsumexp(x, axis=-1, where=None, keepdims=False):
    if where is not None:
        while where.ndim < x.ndim:
            where = where[..., None] if where.shape[0] == x.shape[0] else where[None]
        x = jnp.where(where, x, -jnp.inf)
    return jax.nn.logsumexp(x, axis, keepdims=keepdims)
