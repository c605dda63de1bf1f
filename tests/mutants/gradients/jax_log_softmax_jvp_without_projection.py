"""A custom_jvp whose tangent is t, without Σ p t."""

from functools import partial

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "blatant"
CAUGHT_BY = (
    "log-softmax/gradient-accuracy",
    "log-softmax/gradient-rows-sum",
    "log-softmax/hessian-accuracy",
)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def log_softmax(x, axis=-1):
    return jax.nn.log_softmax(wide(x), axis).astype(x.dtype)


@log_softmax.defjvp
def tangent(axis, primals, tangents):
    (x,), (t,) = primals, tangents
    return log_softmax(x, axis), t
