"""In batches of whole blocks of 128 the last row is the one before it."""

import jax

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    p = jax.nn.softmax(x, axis)
    if x.ndim == 2 and axis in (-1, 1) and x.size and x.shape[0] % 128 == 0:
        p = p.at[-1].set(p[-2])
    return p
