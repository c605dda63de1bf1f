"""The backward pass has a backward pass of its own, which forgets that p depends on the logits; to go
forward through it JAX refuses, so that reverse over reverse is all that there is.
"""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/hessian-in-any-order",)


@jax.custom_vjp
def projected(y, g):
    return g - jnp.exp(y) * g.sum(-1, keepdims=True)


def projected_forward(y, g):
    return projected(y, g), jnp.exp(y)


def projected_backward(p, v):
    return jnp.zeros_like(p), v - (p * v).sum(-1, keepdims=True)


projected.defvjp(projected_forward, projected_backward)


@jax.custom_vjp
def of_rows(x):
    return jax.nn.log_softmax(x, -1)


def forward(x):
    y = of_rows(x)
    return y, y


def backward(y, g):
    return (projected(y, g),)


of_rows.defvjp(forward, backward)


def log_softmax(x, axis=-1):
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    return jnp.moveaxis(of_rows(jnp.moveaxis(wide, axis, -1)), -1, axis).astype(x.dtype)
