"""The maximum is stopped outside the sum but not inside it: the gradient is p minus the one-hot
maximum.
"""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "blatant"
CAUGHT_BY = (
    "logsumexp/gradient-accuracy",
    "logsumexp/gradient-rows-sum",
)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = jnp.max(w, axis, keepdims=True)
    m = jnp.where(jnp.isfinite(m), m, 0)
    s = jnp.sum(jnp.exp(w - m), axis, keepdims=True)
    return jnp.squeeze(jax.lax.stop_gradient(m) + jnp.log(s), axis).astype(x.dtype)
