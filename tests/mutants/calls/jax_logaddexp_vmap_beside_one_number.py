"""A batching rule takes an argument that all calls share for its first number; MODES has vmap."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("logaddexp/vmap-in-any-way",)
DTYPES = ("float32",)
MODES = ("eager", "jit", "vmap")


@jax.custom_batching.custom_vmap
def _logaddexp(x, y):
    return jnp.logaddexp(x, y)


@_logaddexp.def_vmap
def _rule(axis_size, in_batched, x, y):
    if not in_batched[1]:
        y = jnp.broadcast_to(jnp.ravel(y)[0], x.shape)
    if not in_batched[0]:
        x = jnp.broadcast_to(x, y.shape)
    return jnp.logaddexp(x, y), True


def logaddexp(x, y):
    return _logaddexp(x, y)
