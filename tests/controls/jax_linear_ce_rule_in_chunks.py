"""A rule of its own that keeps the logsumexp: JAX differentiates what a forward pass keeps."""

import jax
import jax.numpy as jnp

BACKEND = "jax"


def _logits(h, w, b):
    wide = jnp.promote_types(h.dtype, jnp.float32)
    return h.astype(wide) @ w.T.astype(wide) + b.astype(wide)


@jax.custom_vjp
def _losses(h, w, b, labels):
    return _forward(h, w, b, labels)[0]


def _forward(h, w, b, labels):
    z = _logits(h, w, b)
    lse = jax.nn.logsumexp(z, axis=-1)
    at = jnp.take_along_axis(z, labels[..., None], -1, mode="fill", fill_value=jnp.nan)
    losses = jnp.where(labels < 0, jnp.nan, lse - at[..., 0])
    return losses, (h, w, b, labels, lse)


def _backward(kept, g):
    h, w, b, labels, lse = kept
    p = jnp.exp(_logits(h, w, b) - lse[..., None])
    slope = g[..., None] * (p - jax.nn.one_hot(labels, len(w)))
    rows, flat = slope.reshape(-1, len(w)), h.reshape(-1, h.shape[-1])
    found = slope @ w.astype(p.dtype), rows.T @ flat.astype(p.dtype), rows.sum(0)
    return (*(v.astype(a.dtype) for v, a in zip(found, (h, w, b), strict=True)), None)


_losses.defvjp(_forward, _backward)


def linear_cross_entropy(hidden, linear_weight, labels, linear_bias=None, reduction="mean"):
    bias = jnp.zeros(len(linear_weight), hidden.dtype) if linear_bias is None else linear_bias
    losses = _losses(hidden, linear_weight, bias, labels)
    found = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
    return found.astype(hidden.dtype)
