"""The backward pass stops the cotangent: the derivative of a gradient by it is 0, without a word."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/double-backward-to-the-cotangent",)


@jax.custom_vjp
def of_rows(x):
    return jax.nn.log_softmax(x, -1)


def forward(x):
    return of_rows(x), x


def backward(x, g):
    g = jax.lax.stop_gradient(g)
    return (g - jax.nn.softmax(x, -1) * g.sum(-1, keepdims=True),)


of_rows.defvjp(forward, backward)


def log_softmax(x, axis=-1):
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    return jnp.moveaxis(of_rows(jnp.moveaxis(wide, axis, -1)), -1, axis).astype(x.dtype)
