"""stop_gradient covers the whole normaliser and not only the maximum."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "blatant"
CAUGHT_BY = (
    "log-softmax/gradient-accuracy",
    "log-softmax/gradient-rows-sum",
    "log-softmax/hessian-accuracy",
)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def parts(x, axis):
    w = wide(x)
    m = jax.lax.stop_gradient(jnp.max(w, axis, keepdims=True))
    m = jnp.where(jnp.isfinite(m), m, 0)
    e = jnp.exp(w - m)
    return w - m, m, e, jnp.sum(e, axis, keepdims=True)


def log_softmax(x, axis=-1):
    d, _, _, s = parts(x, axis)
    return (d - jax.lax.stop_gradient(jnp.log(s))).astype(x.dtype)
