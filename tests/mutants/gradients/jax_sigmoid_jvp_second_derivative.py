"""A custom_jvp with stop_gradient around 1 - s: σ' is right, σ'' is s (1 - s)²."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/hessian-accuracy",)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


@jax.custom_jvp
def sigmoid(x):
    return jax.nn.sigmoid(x)


@sigmoid.defjvp
def tangent(primals, tangents):
    (x,), (t,) = primals, tangents
    s, q = jax.nn.sigmoid(wide(x)), jax.lax.stop_gradient(jax.nn.sigmoid(-wide(x)))
    return sigmoid(x), (wide(t) * s * q).astype(t.dtype)
