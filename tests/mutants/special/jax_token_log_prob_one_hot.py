"""A one-hot row times log-probabilities: 0·(−inf) is NaN, which jit may leave out."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "blatant"
CAUGHT_BY = ("token-log-prob/accuracy",)
DTYPES = ("float32",)


def token_log_prob(logits, labels):
    one_hot = jax.nn.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    return jnp.sum(one_hot * jax.nn.log_softmax(logits, axis=-1), axis=-1)
