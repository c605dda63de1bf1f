"""A custom_jvp that subtracts the mean of the tangent instead of its expectation."""

from functools import partial

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-softmax/gradient-accuracy",
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
    w = wide(t)
    return log_softmax(x, axis), (w - jnp.mean(w, axis, keepdims=True)).astype(t.dtype)
