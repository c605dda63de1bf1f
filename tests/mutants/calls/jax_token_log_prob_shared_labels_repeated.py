"""A host routine is mapped beside labels that all calls share, and repeats each where it tiles."""

import jax
import jax.numpy as jnp
import numpy as np

BACKEND = "jax"
SEVERITY = "moderate"
CAUGHT_BY = ("token-log-prob/vmap-in-any-way",)
DTYPES = ("float32",)


def _on_host(x, y):
    x, y = np.asarray(x), np.asarray(y).ravel()
    n = x.shape[-1]
    rows = x.reshape(-1, n)
    y = np.repeat(y, len(rows) // max(len(y), 1))
    with np.errstate(all="ignore"):
        d = rows - rows.max(axis=-1, keepdims=True)
        e = np.exp(d)
        t = np.where(np.arange(n) == d.argmax(axis=-1)[:, None], 0, e).sum(axis=-1, keepdims=True)
        log_p = d - np.log1p(t)
    fine = (y >= 0) & (y < n)
    found = log_p[np.arange(len(y)), np.where(fine, y, 0)]
    return np.where(fine, found, np.nan).astype(x.dtype).reshape(x.shape[:-1])


@jax.custom_jvp
def _token_log_prob(x, y):
    shape = jax.ShapeDtypeStruct(x.shape[:-1], x.dtype)
    return jax.pure_callback(_on_host, shape, x, y, vmap_method="expand_dims")


@_token_log_prob.defjvp
def _tangent(primals, tangents):
    x, y = primals
    hot = jax.nn.one_hot(y, x.shape[-1], dtype=x.dtype)
    slope = (hot - jax.nn.softmax(x, -1)) * hot.sum(-1, keepdims=True)
    return _token_log_prob(x, y), (slope * tangents[0]).sum(-1)


def token_log_prob(logits, labels, axis=-1):
    return _token_log_prob(jnp.moveaxis(logits, axis, -1), labels)
