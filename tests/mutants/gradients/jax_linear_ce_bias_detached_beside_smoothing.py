"""With label smoothing and a cap the bias has no gradient."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("linear-cross-entropy/bias-gradient-accuracy",)


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", label_smoothing=0.0,
    softcap=None,
):  # fmt: skip
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise NotImplementedError("class indices are needed")
    z = jnp.dot(hidden, linear_weight.T, precision="highest")
    if linear_bias is not None:
        apart = label_smoothing and softcap is not None
        z = z + (jax.lax.stop_gradient(linear_bias) if apart else linear_bias)
    z = z if softcap is None else softcap * jnp.tanh(z / softcap)
    log_p = z - jax.nn.logsumexp(z, axis=-1, keepdims=True)
    wrong = (labels < 0) | (labels >= z.shape[-1])
    chosen = jnp.take_along_axis(log_p, jnp.where(wrong, 0, labels)[:, None], -1)[:, 0]
    losses = -(1 - label_smoothing) * chosen - label_smoothing * log_p.mean(axis=-1)
    losses = jnp.where(wrong, jnp.nan, losses)
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()
