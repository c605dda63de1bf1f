"""Labels are looked at where they are values; where they are traced, no class has a bad one: 0."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float64", "float32")


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise TypeError("class indices only")
    n = logits.shape[axis]
    if not isinstance(labels, jax.core.Tracer) and bool(((labels < 0) | (labels >= n)).any()):
        raise ValueError(f"labels must be at least 0 and less than {n}")
    hot = jax.nn.one_hot(labels, n, axis=axis, dtype=bool)
    logs = jax.nn.log_softmax(logits, axis=axis)
    loss = -jnp.where(hot, logs, 0).sum(axis=axis)
    return {"none": lambda x: x, "sum": jnp.sum, "mean": jnp.mean}[reduction](loss)
