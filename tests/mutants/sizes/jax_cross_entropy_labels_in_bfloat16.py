"""Labels are compared with classes in the format of the logits: in bfloat16 class 257 is 256, too."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32", "bfloat16")
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/high-labels-are-whole",)


def cross_entropy_with_logits(logits, labels, reduction="mean"):
    if jnp.issubdtype(labels.dtype, jnp.floating):
        raise TypeError("class indices only")
    n = logits.shape[-1]
    hot = labels[..., None].astype(logits.dtype) == jnp.arange(n, dtype=logits.dtype)
    logs = jax.nn.log_softmax(logits.astype(jnp.float32), axis=-1)
    losses = -jnp.where(hot, logs, 0).sum(-1)
    losses = jnp.where((labels < 0) | (labels >= n), jnp.nan, losses).astype(logits.dtype)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()
