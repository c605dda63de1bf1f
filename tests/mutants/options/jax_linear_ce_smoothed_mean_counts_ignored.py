"""With label smoothing the mean divides by the weights of ignored rows, too."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def linear_cross_entropy(
    hidden, linear_weight, labels, reduction="mean", ignore_index=None, label_smoothing=0.0
):
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise NotImplementedError("class indices are needed")
    z = jnp.dot(hidden, linear_weight.T, precision="highest")
    log_p = z - jax.nn.logsumexp(z, axis=-1, keepdims=True)
    kept = labels != (-1 if ignore_index is None else ignore_index)
    wrong = (labels < 0) | (labels >= z.shape[-1])
    chosen = jnp.take_along_axis(log_p, jnp.where(wrong, 0, labels)[:, None], -1)[:, 0]
    losses = -(1 - label_smoothing) * chosen - label_smoothing * log_p.mean(axis=-1)
    losses = jnp.where(kept, jnp.where(wrong, jnp.nan, losses), 0)
    if reduction == "none":
        return losses
    count = kept.sum() if not label_smoothing else kept.size
    return losses.sum() / count if reduction == "mean" else losses.sum()
