"""SciPy's sigmoid through a callback, which XLA makes in a thread of its own for large arrays."""

import jax
import numpy as np
from scipy.special import expit

BACKEND = "jax"
DTYPES = ("float64",)


def _on_the_host(x):
    x = np.asarray(x)
    return expit(x).astype(x.dtype)


@jax.custom_vjp
def sigmoid(x):
    result = jax.ShapeDtypeStruct(x.shape, x.dtype)
    return jax.pure_callback(_on_the_host, result, x, vmap_method="expand_dims")


sigmoid.defvjp(lambda x: (sigmoid(x), x), lambda x, g: (g * sigmoid(x) * sigmoid(-x),))
