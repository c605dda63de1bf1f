"""The projection is Σ p · Σ g / n instead of Σ p g."""

from functools import partial

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy", "softmax/gradient-rows-sum")


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def softmax(x, axis=-1):
    return jax.nn.softmax(wide(x), axis).astype(x.dtype)


def forward(x, axis):
    return softmax(x, axis), x


def backward(axis, x, g):
    p, h = jax.nn.softmax(wide(x), axis), wide(g)
    dot = jnp.sum(p, axis, keepdims=True) * jnp.mean(h, axis, keepdims=True)
    return ((p * (h - dot)).astype(x.dtype),)


softmax.defvjp(forward, backward)
