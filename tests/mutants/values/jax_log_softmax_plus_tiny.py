"""log(p + 1e-30): in float32 it looks harmless."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-softmax/accuracy",
    "log-softmax/hessian-accuracy",
)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def log_softmax(x, axis=-1):
    return jnp.log(jax.nn.softmax(wide(x), axis) + 1e-30).astype(x.dtype)
