"""At 0 min(x, 0) has the derivative 1/2 of a tie and |x| counts as rising: together 1, where 1/2 is
right (jax#2140).
"""

import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = ("log-sigmoid/gradient-accuracy",)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def log_sigmoid(x):
    w = wide(x)
    return (jnp.minimum(w, 0) - jnp.log1p(jnp.exp(-jnp.abs(w)))).astype(x.dtype)
