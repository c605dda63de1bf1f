"""The middle of three axes: the first is reduced and the result transposed."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/axis-does-not-matter",)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def logsumexp(x, axis=-1):
    w = wide(x)
    if w.ndim == 3 and axis % 3 == 1:
        return jax.nn.logsumexp(w.reshape(w.shape[0], w.shape[2], w.shape[1]), -1).astype(x.dtype)
    return jax.nn.logsumexp(w, axis).astype(x.dtype)
