"""The backward pass uses the mean of the cotangent, as if it came from a mean over the batch."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/gradient-accuracy", "sigmoid/gradient-is-even")


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


@jax.custom_vjp
def sigmoid(x):
    return jax.nn.sigmoid(x)


def forward(x):
    return sigmoid(x), x


def backward(x, g):
    s, q = jax.nn.sigmoid(wide(x)), jax.nn.sigmoid(-wide(x))
    g = jnp.broadcast_to(jnp.mean(wide(g)), x.shape)
    return ((g * s * q).astype(x.dtype),)


sigmoid.defvjp(forward, backward)
