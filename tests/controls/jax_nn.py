"""jax.nn, jax.lax and jax.scipy as they are."""

import jax

BACKEND = "jax"
DTYPES = ("float64", "float32", "bfloat16")


sigmoid = jax.lax.logistic
log_sigmoid = jax.nn.log_sigmoid


def softmax(x, axis=-1):
    return jax.nn.softmax(x, axis)


def log_softmax(x, axis=-1):
    return jax.nn.log_softmax(x, axis)


def logsumexp(x, axis=-1):
    return jax.scipy.special.logsumexp(x, axis)
