"""Labels are checked where they are known; under jit label -1 takes the last class unseen."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/bad-labels-as-in-eager",)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    x = jnp.moveaxis(wide(logits), axis, -1)
    logs = jax.nn.log_softmax(x)
    if jnp.issubdtype(labels.dtype, jnp.floating):
        q = jnp.moveaxis(labels, axis, -1).astype(x.dtype)
        loss = -jnp.where(q == 0, 0, q * logs).sum(-1)
    else:
        known = not isinstance(labels, jax.core.Tracer)
        if known and bool(((labels < 0) | (labels >= x.shape[-1])).any()):
            raise IndexError("label out of range")
        labels = labels.astype(jnp.int32)
        loss = -jnp.take_along_axis(logs, labels[..., None], -1)[..., 0]
    if reduction == "mean":
        loss = loss.mean()
    elif reduction == "sum":
        loss = loss.sum()
    return loss.astype(logits.dtype)
