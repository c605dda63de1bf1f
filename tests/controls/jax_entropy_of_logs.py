"""−Σ e^l l of l = log p, each operation but the sums in the format itself, differentiated through
the maximum too.
"""

import jax.numpy as jnp

BACKEND = "jax"


def entropy_with_logits(logits, axis=-1):
    d = logits - logits.max(axis, keepdims=True)
    e = jnp.exp(d)
    wide = jnp.promote_types(d.dtype, jnp.float32)
    s = e.sum(axis, keepdims=True, dtype=wide)
    logs = jnp.where(e == 0, 0.0, d - jnp.log(s).astype(d.dtype))
    return -(jnp.where(e == 0, 0.0, jnp.exp(logs)) * logs).sum(axis)
