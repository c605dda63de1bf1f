"""softmax with a custom_jvp made of differentiable operations: all derivatives follow from it."""

from functools import partial

import jax
import jax.numpy as jnp

BACKEND = "jax"


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def softmax(x, axis=-1):
    return jax.nn.softmax(wide(x), axis).astype(x.dtype)


@softmax.defjvp
def tangent(axis, primals, tangents):
    (x,), (t,) = primals, tangents
    p, w = jax.nn.softmax(wide(x), axis), wide(t)
    return softmax(x, axis), (p * (w - jnp.sum(p * w, axis, keepdims=True))).astype(t.dtype)
