"""The backward pass stops the gradient of p: right once, but the second derivative is 0
(tensorflow#7403).
"""

from functools import partial

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/hessian-accuracy",)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def softmax(x, axis=-1):
    return jax.nn.softmax(wide(x), axis).astype(x.dtype)


def forward(x, axis):
    return softmax(x, axis), x


def backward(axis, x, g):
    p, h = jax.nn.softmax(wide(x), axis), wide(g)
    p = jax.lax.stop_gradient(p)
    return ((p * (h - jnp.sum(p * h, axis, keepdims=True))).astype(x.dtype),)


softmax.defvjp(forward, backward)
