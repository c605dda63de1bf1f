"""A truncated temperature: what is below 1 is 0, and then taken for none at all."""

import jax

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1, temperature=1.0):
    return jax.nn.softmax(x / temperature if int(temperature) else x, axis)
