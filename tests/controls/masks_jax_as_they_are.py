"""jax.nn's functions themselves, whose own parameter where= is found."""

import jax

BACKEND = "jax"
DTYPES = ("float32", "bfloat16")

softmax = jax.nn.softmax
log_softmax = jax.nn.log_softmax
