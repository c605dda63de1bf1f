"""(1 + tanh(x/2))/2 cancels for x < 0."""

import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/monotone")


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def sigmoid(x):
    return ((1 + jnp.tanh(wide(x) / 2)) / 2).astype(x.dtype)
