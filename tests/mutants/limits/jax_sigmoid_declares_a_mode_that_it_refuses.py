"""MODES has jit, under which the function branches on a value that is being traced."""

import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
MODES = ("eager", "jit")
SEVERITY = "blatant"
CAUGHT_BY = ("sigmoid/takes-its-modes",)


def sigmoid(x):
    z = jnp.exp(-jnp.abs(x))
    if x.size and bool((x >= 0).all()):
        return 1 / (1 + z)
    return jnp.where(x >= 0, 1 / (1 + z), z / (1 + z))
