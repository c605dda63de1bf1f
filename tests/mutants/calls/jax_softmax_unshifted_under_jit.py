"""Traced, the maximum is left to the compiler, which does not know of it."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = (
    "softmax/gradient-accuracy",
    "softmax/gradient-finite",
)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def softmax(x, axis=-1):
    w = wide(x)
    if not isinstance(x, jax.core.Tracer):
        return jax.nn.softmax(w, axis).astype(x.dtype)
    e = jnp.exp(w)
    return (e / jnp.sum(e, axis, keepdims=True)).astype(x.dtype)
