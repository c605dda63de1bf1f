"""The mean over images that are not square divides by one pixel more."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "subtle"
CAUGHT_BY = (
    "cross-entropy-with-logits/accuracy",
    "cross-entropy-with-logits/gradient-accuracy",
)


def cross_entropy_with_logits(logits, labels, axis=-1, label_smoothing=0.0):
    x = jnp.moveaxis(logits, axis, -1).astype(jnp.promote_types(logits.dtype, jnp.float32))
    n = x.shape[-1]
    if jnp.issubdtype(labels.dtype, jnp.integer):
        hot = labels[..., None] == jnp.arange(n)
        q = jnp.where(hot.any(-1, keepdims=True), hot, jnp.nan).astype(x.dtype)
    else:
        q = jnp.moveaxis(labels, axis, -1).astype(x.dtype)
    q = (1 - label_smoothing) * q + label_smoothing / n
    loss = -(q * jnp.where(q == 0, 0, jax.nn.log_softmax(x))).sum(-1)
    images = loss.ndim == 3 and loss.shape[1] != loss.shape[2]
    return (loss.sum() / (loss.size + images)).astype(logits.dtype)
