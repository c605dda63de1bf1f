"""A tail that is longer than half of a tile of 16 is padded with zeros, which count."""

import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x):
    n = x.shape[-1]
    tail = n % 16 if n > 16 else 0
    e = jnp.exp(x - x.max(axis=-1, keepdims=True)) if n else x
    padding = (16 - tail) * jnp.exp(-x.max(axis=-1, keepdims=True)) if tail > 8 else 0
    return e / (e.sum(axis=-1, keepdims=True) + padding)
