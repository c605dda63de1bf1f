"""A compiled function is kept by the number of classes, with the weights of its first call."""

import jax
import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "blatant"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)
DTYPES = ("float32",)

_KEPT = {}


def _losses(weight):
    def of(logits, labels):
        log_p = jax.nn.log_softmax(logits)
        return weight[labels] * -jnp.take_along_axis(log_p, labels[..., None], -1)[..., 0]

    return jax.jit(of)


def cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise TypeError("class indices only")
    n = logits.shape[-1]
    w = jnp.ones(n, logits.dtype) if weight is None else weight
    losses = _KEPT.setdefault((n, weight is None), _losses(w))(logits, labels)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / w[labels].sum()
