"""pos_weight scales the logit instead of the loss: log σ(r x) is not r log σ(x)."""

import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)  # each shape is compiled anew
SEVERITY = "moderate"
CAUGHT_BY = (
    "binary-cross-entropy-with-logits/pos-weight-scales-positives",
    "binary-cross-entropy-with-logits/accuracy",
    "binary-cross-entropy-with-logits/gradient-accuracy",
)


def wide(x):
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", pos_weight=None):
    x, y = wide(logits), wide(labels)
    r = 1 if pos_weight is None else wide(pos_weight)
    loss = y * jnp.logaddexp(-r * x, 0) + (1 - y) * jnp.logaddexp(x, 0)
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.mean()
    return loss.astype(logits.dtype)
