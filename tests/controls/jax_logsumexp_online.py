"""logsumexp in one pass by lax.scan over blocks of 32 classes, padded with -inf; its derivative is
softmax (jax.custom_jvp).
"""

import jax
import jax.numpy as jnp

BACKEND = "jax"


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def one_pass(w):
    pad = [(0, 0)] * (w.ndim - 1) + [(0, -w.shape[-1] % 32)]
    padded = jnp.pad(w, pad, constant_values=-jnp.inf)
    blocks = jnp.moveaxis(padded.reshape(*w.shape[:-1], -1, 32), -2, 0)

    def step(carry, block):
        m, s = carry
        new = jnp.maximum(m, jnp.max(block, -1))
        shift = jnp.where(jnp.isfinite(new), new, 0)
        s = s * jnp.exp(m - shift) + jnp.sum(jnp.exp(block - shift[..., None]), -1)
        return (new, s), None

    start = (jnp.full(w.shape[:-1], -jnp.inf, w.dtype), jnp.zeros(w.shape[:-1], w.dtype))
    (m, s), _ = jax.lax.scan(step, start, blocks)
    return jnp.where(jnp.isfinite(m), m, 0) + jnp.log(s)


@jax.custom_jvp
def of_last_axis(w):
    return one_pass(w)


@of_last_axis.defjvp
def tangent(primals, tangents):
    (w,), (t,) = primals, tangents
    return of_last_axis(w), jnp.sum(jax.nn.softmax(w, -1) * t, -1)


def logsumexp(x, axis=-1):
    return of_last_axis(jnp.moveaxis(wide(x), axis, -1)).astype(x.dtype)
