"""In float16 rows of more than 3,000 classes no class is less likely than e^-15 of the first."""

import jax.numpy as jnp
from jax import lax

BACKEND = "jax"
DTYPES = ("float16",)
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/carries-long-sums",)


def log_softmax(x, axis=-1):
    d = x.astype(jnp.float32)
    d = d - lax.stop_gradient(jnp.max(d, axis, keepdims=True))
    if x.shape[axis] > 3000:
        d = jnp.maximum(d, -15)
    return (d - jnp.log(jnp.sum(jnp.exp(d), axis, keepdims=True))).astype(x.dtype)
