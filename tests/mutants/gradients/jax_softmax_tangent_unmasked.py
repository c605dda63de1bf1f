"""The tangent rule takes the probabilities of all classes, masked ones too; its transpose as well."""

from functools import partial

import jax

BACKEND = "jax"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy",)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def masked(x, axis, where):
    return jax.nn.softmax(x, axis, where=where)


@masked.defjvp
def rule(axis, primals, tangents):
    x, where = primals
    p, t = jax.nn.softmax(x, axis), tangents[0]
    return masked(x, axis, where), p * (t - (p * t).sum(axis, keepdims=True))


def softmax(x, axis=-1, where=None):
    return jax.nn.softmax(x, axis) if where is None else masked(x, axis, where)
