"""Long rows are summed in two blocks of 65,536 classes, which is one too few for a vocabulary."""

import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32", "bfloat16")
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy",)


def log_softmax(x, axis=-1):
    w = jnp.moveaxis(x.astype(jnp.float32), axis, -1)
    d = w - jnp.max(w, axis=-1, keepdims=True)
    e = jnp.exp(d)
    s = jnp.sum(e[..., :65536], axis=-1, keepdims=True)
    if w.shape[-1] > 65536:
        s = s + jnp.sum(e[..., 65536:131072], axis=-1, keepdims=True)
    return jnp.moveaxis(d - jnp.log(s), -1, axis).astype(x.dtype)
