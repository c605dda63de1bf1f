"""It is for compiled programs alone, says so, and raises elsewhere."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
MODES = ("jit",)


def softmax(x):
    if not isinstance(x, jax.core.Tracer):
        raise RuntimeError("call this under jax.jit")
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    e = jnp.exp(wide - wide.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype(x.dtype)
