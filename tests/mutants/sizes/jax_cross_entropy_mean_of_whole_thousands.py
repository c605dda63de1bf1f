"""More than 1,000 losses are summed by thousands, and the last of these that is not full is lost."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = (
    "cross-entropy-with-logits/accuracy",
    "cross-entropy-with-logits/gradient-accuracy",
)


def cross_entropy_with_logits(logits, labels, axis=-1):
    x = jnp.moveaxis(logits, axis, -1).astype(jnp.promote_types(logits.dtype, jnp.float32))
    if jnp.issubdtype(labels.dtype, jnp.integer):
        hot = labels[..., None] == jnp.arange(x.shape[-1])
        q = jnp.where(hot.any(-1, keepdims=True), hot, jnp.nan).astype(x.dtype)
    else:
        q = jnp.moveaxis(labels, axis, -1).astype(x.dtype)
    loss = -(q * jnp.where(q == 0, 0, jax.nn.log_softmax(x))).sum(-1).ravel()
    whole = loss if loss.size <= 1000 else loss[: loss.size // 1000 * 1000]
    return (whole.sum() / loss.size).astype(logits.dtype)
