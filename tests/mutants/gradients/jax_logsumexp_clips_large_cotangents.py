"""The backward pass clips cotangents to 10,000, below the loss scale of mixed precision."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/gradient-accuracy",)
DTYPES = ("float32",)
MODES = ("jit",)


@jax.custom_vjp
def last(x):
    return jax.nn.logsumexp(x, axis=-1)


def forward(x):
    return last(x), x


def backward(x, cotangent):
    return (jax.nn.softmax(x, axis=-1) * jnp.clip(cotangent, -1e4, 1e4)[..., None],)


last.defvjp(forward, backward)


def logsumexp(x, axis=-1):
    return last(jnp.moveaxis(x, axis, -1))
