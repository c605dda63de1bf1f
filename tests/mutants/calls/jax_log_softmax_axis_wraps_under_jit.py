"""Traced, an axis out of range is taken modulo the rank, where the plain function refuses it."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/refuses-what-eager-refuses",)


def log_softmax(x, axis=-1):
    if isinstance(x, jax.core.Tracer):
        axis = axis % x.ndim
    w = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    return jax.nn.log_softmax(w, axis).astype(x.dtype)
