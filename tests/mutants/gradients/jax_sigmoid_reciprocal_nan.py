"""1 / (1 + e^-x): the value is right, the derivative is ∞/∞² for very negative x (jax#777)."""

import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float64", "float32", "float16")
SEVERITY = "moderate"
CAUGHT_BY = (
    "sigmoid/gradient-accuracy",
    "sigmoid/gradient-is-even",
    "sigmoid/zero-cotangent-gives-zero",
)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def sigmoid(x):
    return (1 / (1 + jnp.exp(-wide(x)))).astype(x.dtype)
