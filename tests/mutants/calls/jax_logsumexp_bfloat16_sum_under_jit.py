"""Traced, the terms are summed in bfloat16."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = (
    "logsumexp/gradient-accuracy",
    "logsumexp/gradient-rows-sum",
)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def logsumexp(x, axis=-1):
    w = wide(x)
    if not isinstance(x, jax.core.Tracer):
        return jax.nn.logsumexp(w, axis).astype(x.dtype)
    m = jax.lax.stop_gradient(jnp.max(w, axis, keepdims=True))
    m = jnp.where(jnp.isfinite(m), m, 0)
    s = jnp.sum(jnp.exp(w - m).astype(jnp.bfloat16), axis, keepdims=True)
    return jnp.squeeze(m + jnp.log(s.astype(w.dtype)), axis).astype(x.dtype)
