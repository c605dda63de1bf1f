"""Beyond 1024 classes the last block's maximum is not looked at."""

import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/within-unit-interval")


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def softmax(x, axis=-1):
    w = jnp.moveaxis(wide(x), axis, -1)
    e = jnp.exp(w - jnp.max(w[..., :1024], axis=-1, keepdims=True))
    return jnp.moveaxis(e / jnp.sum(e, axis=-1, keepdims=True), -1, axis).astype(x.dtype)
