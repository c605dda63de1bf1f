"""The axis that is kept with length 1 is always the last, also of a sum along the first."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/keepdims-changes-no-number",)


def logsumexp(x, axis=-1, keepdims=False):
    found = jax.nn.logsumexp(x, axis=axis)
    return found[..., None] if keepdims else found
