"""A row is left out by 0 for its weight, and 0 times -inf, or NaN, is NaN."""

import jax.numpy as jnp

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("nll-loss/ignored-rows-are-inert",)
DTYPES = ("float32",)


def nll_loss(log_probs, labels, reduction="mean", weight=None, ignore_index=None):
    keep = jnp.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    y = jnp.where(keep, labels, 0)
    w = jnp.ones((), log_probs.dtype) if weight is None else weight[y]
    w = w * keep.astype(log_probs.dtype)
    found = jnp.take_along_axis(log_probs, y[..., None], -1, mode="fill", fill_value=jnp.nan)
    loss = -found[..., 0] * w
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else loss.sum() / w.sum()
