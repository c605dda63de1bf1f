"""The label's class is taken along the last axis where no axis can be told by its length."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("token-log-prob/axis-does-not-matter",)
DTYPES = ("float32",)


def token_log_prob(logits, labels, axis=-1):
    log_p = jax.nn.log_softmax(logits, axis)
    along = -1 if logits.ndim > 2 and len(set(logits.shape)) == 1 else axis
    at = jnp.expand_dims(labels, along)
    found = jnp.take_along_axis(log_p, at, along, mode="fill", fill_value=jnp.nan)
    return jnp.squeeze(found, along)
