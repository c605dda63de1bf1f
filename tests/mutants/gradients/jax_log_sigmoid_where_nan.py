"""jnp.where over both branches: the branch not taken overflows and its derivative is 0 · ∞."""

import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-sigmoid/gradient-accuracy",
    "log-sigmoid/zero-cotangent-gives-zero",
    "log-sigmoid/hessian-accuracy",
)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def log_sigmoid(x):
    w = wide(x)
    low, high = w - jnp.log1p(jnp.exp(w)), -jnp.log1p(jnp.exp(-w))
    return jnp.where(w >= 0, high, low).astype(x.dtype)
