"""From 17 classes on the projection leaves out the last class."""

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
    weights = (
        p
        if x.shape[axis] < 17
        else p
        * (jnp.arange(p.shape[axis]) < p.shape[axis] - 1).reshape(
            [-1 if i == axis % p.ndim else 1 for i in range(p.ndim)]
        )
    )
    return ((p * (h - jnp.sum(weights * h, axis, keepdims=True))).astype(x.dtype),)


softmax.defvjp(forward, backward)
