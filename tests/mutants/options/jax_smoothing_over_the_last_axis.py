"""Label smoothing is shared out over the length of the last axis, wherever the classes are."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy", "cross-entropy-with-logits/gradient-accuracy")


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    lp = jax.nn.log_softmax(jnp.moveaxis(wide(logits), axis, -1))
    if jnp.issubdtype(labels.dtype, jnp.floating):
        raise NotImplementedError("class indices are needed")
    picked = jnp.take_along_axis(lp, labels[..., None], axis=-1)[..., 0]
    loss = -(1 - label_smoothing) * picked
    if label_smoothing:
        loss -= label_smoothing / logits.shape[-1] * lp.sum(axis=-1)
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.mean()
    return loss.astype(logits.dtype)
