"""The forward rule of the gradient computes log(1 + e^x) as it stands, which overflows."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "moderate"
CAUGHT_BY = ("softplus/value-in-every-use",)
DTYPES = ("float32",)


@jax.custom_vjp
def softplus(x):
    return jnp.logaddexp(x, 0)


def forward(x):
    return jnp.log(1 + jnp.exp(x)), jax.nn.sigmoid(x)


softplus.defvjp(forward, lambda slope, g: (slope * g,))
