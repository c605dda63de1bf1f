"""Rows and classes that fill tiles of 8 by 128 take a faster path, which writes the row before the
last twice and the last one not at all.
"""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32", "bfloat16")
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x):
    p = jax.nn.softmax(x.astype(jnp.float32), axis=-1).astype(x.dtype)
    if x.ndim == 2 and x.size and x.shape[0] % 8 == 0 and x.shape[1] % 128 == 0:
        p = p.at[-1].set(p[-2])
    return p
