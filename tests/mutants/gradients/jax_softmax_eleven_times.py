"""The gradient is 11 times too large from 1000 classes on, which jax.test_util.check_grads passes
(jax#3130).
"""

from functools import partial

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/gradient-accuracy",)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def softmax(x, axis=-1):
    return jax.nn.softmax(wide(x), axis).astype(x.dtype)


def forward(x, axis):
    return softmax(x, axis), x


def backward(axis, x, g):
    p, h = jax.nn.softmax(wide(x), axis), wide(g)
    grad = p * (h - jnp.sum(p * h, axis, keepdims=True))
    return ((grad * (11 if x.shape[axis] >= 1000 else 1)).astype(x.dtype),)


softmax.defvjp(forward, backward)
