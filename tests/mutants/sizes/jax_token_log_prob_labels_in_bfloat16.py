"""The token is found where its number is that of a place, in the format of the logits: of tokens
that bfloat16 does not tell apart it is the first.
"""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32", "bfloat16")
SEVERITY = "subtle"
CAUGHT_BY = ("token-log-prob/high-labels-are-whole",)


def token_log_prob(logits, labels):
    if jnp.issubdtype(labels.dtype, jnp.floating):
        raise TypeError("class indices only")
    n = logits.shape[-1]
    places = jnp.arange(n).astype(logits.dtype)
    found = jnp.argmax(places == labels[..., None].astype(logits.dtype), axis=-1)
    logs = jax.nn.log_softmax(logits.astype(jnp.float32), axis=-1)
    of = jnp.take_along_axis(logs, found[..., None], axis=-1)[..., 0]
    return jnp.where((labels < 0) | (labels >= n), jnp.nan, of).astype(logits.dtype)
