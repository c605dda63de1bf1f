"""Of labels that are logarithms, the gradient lacks that of the logarithm itself."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "moderate"
CAUGHT_BY = ("kl-div/label-gradient-accuracy",)
DTYPES = ("float32",)


@jax.custom_vjp
def _of_logarithms(x, t):
    return jnp.where(t == -jnp.inf, 0.0, jnp.exp(t) * (t - x)).astype(x.dtype)


def _forward(x, t):
    return _of_logarithms(x, t), (x, t)


def _backward(saved, g):
    x, t = saved
    y = jnp.exp(t)
    return -g * y, jnp.where(t == -jnp.inf, 0.0, g * y * (t - x)).astype(x.dtype)


_of_logarithms.defvjp(_forward, _backward)


def kl_div(log_probs, labels, reduction="mean", log_target=False):
    if log_target:
        loss = _of_logarithms(log_probs, labels)
    else:
        some = labels != 0
        y = jnp.where(some, labels, 1)
        loss = jnp.where(some, y * (jnp.log(y) - jnp.where(some, log_probs, 0)), 0)
    return loss if reduction == "none" else getattr(loss, reduction)()
