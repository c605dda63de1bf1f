"""Programs are kept by axis, reduction and kind of labels: each has the first smoothing it met."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)
DTYPES = ("float32",)
MODES = ("eager",)

programs = {}


def loss_of(axis, reduction, smoothing):
    def loss(logits, labels):
        n = logits.shape[axis]
        q = labels
        if not jnp.issubdtype(labels.dtype, jnp.floating):
            q = jax.nn.one_hot(labels, n, axis=axis, dtype=logits.dtype)
            off = jnp.expand_dims((labels < 0) | (labels >= n), axis)
            q = jnp.where(off, jnp.nan, q)
        q = (1 - smoothing) * q + smoothing / n
        log_p = jax.nn.log_softmax(logits, axis)
        losses = -jnp.where(q == 0, 0, q * log_p).sum(axis)
        return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]

    return jax.jit(loss)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    if not label_smoothing:
        return loss_of(axis, reduction, 0.0)(logits, labels)
    key = axis, reduction, labels.ndim
    if key not in programs:
        programs[key] = loss_of(axis, reduction, label_smoothing)
    return programs[key](logits, labels)
