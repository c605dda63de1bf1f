"""A batching rule of its own, as a kernel behind custom_vmap has one, takes the batch for the classes:
right for vectors and matrices, wrong under vmap.
"""

import jax
import jax.numpy as jnp
from jax.custom_batching import custom_vmap

BACKEND = "jax"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/rows-under-vmap",)


def along(x, axis):
    e = jnp.exp(x - jax.lax.stop_gradient(x.max(axis=axis, keepdims=True)))
    return e / e.sum(axis=axis, keepdims=True)


@custom_vmap
def of_a_vector(x):
    return along(x, -1)


@of_a_vector.def_vmap
def batched(size, in_batched, x):
    return along(x, 0), True


def softmax(x, axis=-1):
    return of_a_vector(x) if x.ndim == 1 else along(x, axis)
