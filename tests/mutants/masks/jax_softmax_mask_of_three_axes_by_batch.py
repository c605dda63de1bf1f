"""A mask of three axes is laid along batches, queries and keys: its heads are taken for batches."""

import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/a-mask-is-shared",)
DTYPES = ("float32",)


def softmax(x, axis=-1, where=None):
    if where is not None:
        where = where[:, None] if (x.ndim, where.ndim) == (4, 3) else where
        x = jnp.where(where, x, -jnp.inf)
    largest = x.max(axis=axis, keepdims=True)
    x = jnp.exp(x - jnp.where(largest == -jnp.inf, 0, largest))
    return x / x.sum(axis=axis, keepdims=True)
