"""A mask, a cap and a temperature in one, in JAX's words; divided first, as attention does."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32", "bfloat16")


def _made(x, where, temperature, softcap):
    x = x / temperature
    x = x if softcap is None else softcap * jnp.tanh(x / softcap)
    return x if where is None else jnp.where(where, x, -jnp.inf)


def softmax(x, axis=-1, where=None, temperature=1.0, softcap=None):
    return jax.nn.softmax(_made(x, where, temperature, softcap), axis=axis)


def log_softmax(x, axis=-1, where=None, temperature=1.0, softcap=None):
    return jax.nn.log_softmax(_made(x, where, temperature, softcap), axis=axis)
