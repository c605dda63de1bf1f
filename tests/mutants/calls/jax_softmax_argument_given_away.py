"""The argument's memory is given to the result, so that the caller's array is gone."""

import jax

BACKEND = "jax"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/leaves-arguments-alone",)

_softmax = jax.jit(jax.nn.softmax, static_argnames="axis", donate_argnums=0)


def softmax(x, axis=-1):
    return _softmax(x, axis=axis)
