"""The tangent rule lacks the slope of the cap, and so does its transpose, the gradient."""

from functools import partial

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy",)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def capped(x, axis, cap):
    return jax.nn.softmax(cap * jnp.tanh(x / cap), axis)


@capped.defjvp
def rule(axis, cap, primals, tangents):
    p, (t,) = capped(*primals, axis, cap), tangents
    return p, p * (t - (p * t).sum(axis, keepdims=True))


def softmax(x, axis=-1, softcap=None):
    return jax.nn.softmax(x, axis) if softcap is None else capped(x, axis, softcap)
