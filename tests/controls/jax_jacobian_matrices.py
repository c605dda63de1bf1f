"""softmax and log_softmax with custom derivatives by Jacobian matrices, p_i(δ_ij − p_j) and
δ_ij − p_j, times the tangent, as XLA compiles them.
"""

from functools import partial

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32", "float16")  # each shape is compiled anew
LARGEST = 300  # beyond it n² numbers for each row are too many


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def softmax(x, axis=-1):
    return jax.nn.softmax(x.astype(jnp.float32), axis).astype(x.dtype)


@softmax.defjvp
def softmax_tangent(axis, primals, tangents):
    (x,), (t,) = primals, tangents
    p, v = (jnp.moveaxis(a.astype(jnp.float32), axis, -1) for a in (softmax(x, axis), t))
    n = x.shape[axis]
    if n > LARGEST:
        moved = p * (v - jnp.sum(p * v, -1, keepdims=True))
    else:
        jacobian = p[..., :, None] * (jnp.eye(n) - p[..., None, :])
        moved = jnp.sum(jacobian * v[..., None, :], -1)
    return softmax(x, axis), jnp.moveaxis(moved, -1, axis).astype(t.dtype)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def log_softmax(x, axis=-1):
    return jax.nn.log_softmax(x.astype(jnp.float32), axis).astype(x.dtype)


@log_softmax.defjvp
def log_softmax_tangent(axis, primals, tangents):
    (x,), (t,) = primals, tangents
    p = jnp.moveaxis(jax.nn.softmax(x.astype(jnp.float32), axis), axis, -1)
    v, n = jnp.moveaxis(t.astype(jnp.float32), axis, -1), x.shape[axis]
    if n > LARGEST:
        moved = v - jnp.sum(p * v, -1, keepdims=True)
    else:
        jacobian = jnp.eye(n) - p[..., None, :]
        moved = jnp.sum(jacobian * v[..., None, :], -1)
    return log_softmax(x, axis), jnp.moveaxis(moved, -1, axis).astype(t.dtype)
