"""min(x, 0) by where and |x| by abs: both derivatives are 0 at 0, where 1/2 is right (jax#2140)."""

import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "moderate"
CAUGHT_BY = ()


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))

def log_sigmoid(x):
    w = wide(x)
    return (jnp.where(w < 0, w, 0) - jnp.log1p(jnp.exp(-jnp.abs(w)))).astype(x.dtype)
