"""The rule for tangents stops the derivative of its own factor q - s: nothing but a second derivative
shows it, in every order.
"""

import jax

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/hessian-accuracy", "sigmoid/hessian-in-any-order")


@jax.custom_jvp
def sigmoid(x):
    return jax.nn.sigmoid(x)


@sigmoid.defjvp
def tangent(primals, tangents):
    (x,), (t,) = primals, tangents
    return sigmoid(x), t * jax.nn.sigmoid(x) * jax.lax.stop_gradient(jax.nn.sigmoid(-x))
