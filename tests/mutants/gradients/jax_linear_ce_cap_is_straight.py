"""The slope of the cap is a constant: the gradient is right, the second derivative lacks φ″."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/hessian-accuracy",)


@jax.custom_jvp
def _tanh(x):
    return jnp.tanh(x)


@_tanh.defjvp
def _(primals, tangents):
    t = jnp.tanh(primals[0])
    return t, jax.lax.stop_gradient(1 - t * t) * tangents[0]


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", softcap=None
):
    z = jnp.matmul(hidden, linear_weight.T)
    z = z if linear_bias is None else z + linear_bias
    z = z if softcap is None else softcap * _tanh(z / softcap)
    found = jnp.take_along_axis(
        jax.nn.log_softmax(z), labels[..., None], -1, mode="fill", fill_value=jnp.nan
    )
    losses = -found[..., 0]
    losses = jnp.where(labels < 0, jnp.nan, losses)
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
