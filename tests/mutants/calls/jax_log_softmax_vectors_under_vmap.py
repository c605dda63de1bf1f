"""A row without a batch axis, as vmap gives it, is normalised as x - (m + log S)."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)
MODES = ("eager", "vmap")
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/agrees-with-eager", "log-softmax/accuracy")


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def log_softmax(x, axis=-1):
    w = wide(x)
    if w.ndim > 1:
        return jax.nn.log_softmax(w, axis).astype(x.dtype)
    return (w - jax.nn.logsumexp(w)).astype(x.dtype)
