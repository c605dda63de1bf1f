"""JAX's own functions, called the way a user calls them; derivatives are jax.vjp's.

JAX has no losses. Those from logits follow from log_softmax and log_sigmoid, as users write them;
since a traced function cannot raise, a label that is no class gives NaN.
"""

import jax
import jax.numpy as jnp

NAME = "jax"
BACKEND = "jax"

_OVERFLOWS = (
    "sigmoid in float16 is 1/(1 + e^-x) in float16: e^-x overflows below -11.09 and the result is "
    "0, where 1.5e-5 is a number of the format: see docs/findings.md"
)
_SQUARES = (
    "the derivative of a quotient by S has 1/S², and S² overflows in float16 from S = 256 on: the "
    "mean of the cotangent is not subtracted: see docs/findings.md"
)
_LONG = (
    "in float16 the sum of softmax, log_softmax and logsumexp is rounded to float16: 65,520 equal "
    "logits give 0, -inf and inf: see docs/findings.md and "
    "https://github.com/google-research/last/pull/43"
)
_LOG1P = (
    "log1p is up to 129 ulp off near -0.414 in float64 on CPUs: "
    "https://github.com/jax-ml/jax/issues/39707"
)
_OFFSET = (
    "the derivative of logaddexp is exp(x - logaddexp(x, y)), whose error grows with |x|: from 1e8 "
    "on in float32 equal numbers get 1 each, not 1/2: see docs/findings.md"
)
DEVIATIONS = {
    "logaddexp/gradient-accuracy": _OFFSET,
    "logaddexp/gradient-by-the-second": _OFFSET,
    "logaddexp/forward-agrees-with-reverse": _OFFSET,
    "logaddexp/hessian-accuracy": _OFFSET,
    "logaddexp/hessian-in-any-order": _OFFSET,
    "sigmoid/accuracy@float16": _OVERFLOWS,
    "sigmoid/is-exp-of-log-sigmoid@float16": _OVERFLOWS,
    "sigmoid/gradient-accuracy@float16": _OVERFLOWS,
    "sigmoid/forward-agrees-with-reverse@float16": _OVERFLOWS,
    "sigmoid/hessian-accuracy@float16": _OVERFLOWS,
    "softmax/gradient-accuracy@float16": _SQUARES,
    "softmax/gradient-rows-sum@float16": _SQUARES,
    "softmax/forward-agrees-with-reverse@float16": _SQUARES,
    "softmax/hessian-accuracy@float16": _SQUARES,
    "softmax/hessian-rows-sum-to-zero@float16": _SQUARES,
    "log-softmax/hessian-accuracy@float16": _SQUARES,
    "log-softmax/hessian-rows-sum-to-zero@float16": _SQUARES,
    "logsumexp/hessian-accuracy@float16": _SQUARES,
    "logsumexp/hessian-rows-sum-to-zero@float16": _SQUARES,
    "softmax/carries-long-sums@float16": _LONG,
    "softmax/gradient-of-long-sums@float16": _LONG,
    "log-softmax/carries-long-sums@float16": _LONG,
    "log-softmax/gradient-of-long-sums@float16": _LONG,
    "logsumexp/carries-long-sums@float16": _LONG,
    "logsumexp/gradient-of-long-sums@float16": _LONG,
    "binary-cross-entropy/accuracy@float64": _LOG1P,
    "binary-cross-entropy/relative-accuracy@float64": _LOG1P,
    "binary-cross-entropy/label-gradient-accuracy@float64": _LOG1P,
    "binary-cross-entropy/swaps-with-its-label@float64": _LOG1P,
}

sigmoid = jax.nn.sigmoid
log_sigmoid = jax.nn.log_sigmoid
softplus = jax.nn.softplus
logaddexp = jnp.logaddexp


def softmax(x, axis=-1, where=None):
    return jax.nn.softmax(x, axis=axis, where=where)


def log_softmax(x, axis=-1, where=None):
    return jax.nn.log_softmax(x, axis=axis, where=where)


def logsumexp(x, axis=-1, where=None, keepdims=False):
    return jax.nn.logsumexp(x, axis=axis, where=where, keepdims=keepdims)


def token_log_prob(logits, labels, axis=-1):
    """The logarithm at the label; a traced function cannot raise, so no class gives NaN."""
    log_p = jax.nn.log_softmax(_wide(logits), axis=axis)
    labels = labels.astype(jnp.promote_types(labels.dtype, jnp.int32))  # 8 bits may not hold n
    picked = jnp.take_along_axis(log_p, jnp.expand_dims(labels, axis), axis=axis)
    return jnp.where(labels < 0, jnp.nan, picked.squeeze(axis)).astype(logits.dtype)


def entropy_with_logits(logits, axis=-1):
    """-Σ p·log p, 0·log 0 being 0."""
    log_p = jax.nn.log_softmax(_wide(logits), axis=axis)
    p = jnp.exp(log_p)
    return -(p * jnp.where(p == 0, 0, log_p)).sum(axis).astype(logits.dtype)


def _wide(x):
    """Float32 at least: half formats are rounded once, at the end."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def _times(weight, value):
    """The product with 0 · inf = 0, which keeps the derivative for a weight of 0."""
    return weight * jnp.where((weight == 0) & jnp.isinf(value), 0, value)


def _log(p, weight):
    """The logarithm, and 0 where p is 0 and the weight too, lest 1/p give a gradient 0·inf."""
    return jnp.log(jnp.where((p == 0) & (weight == 0), 1, p))


def _reduced(losses, reduction, total, dtype):
    if reduction == "mean":
        losses = losses.sum() / total
    elif reduction == "sum":
        losses = losses.sum()
    elif reduction != "none":
        raise ValueError(f"reduction={reduction!r}: not one of 'none', 'sum', 'mean'")
    return losses.astype(dtype)


def _smoothed(labels, label_smoothing):
    y = _wide(labels)
    return y * (1 - label_smoothing) + label_smoothing / 2 if label_smoothing else y


def binary_cross_entropy(probs, labels, reduction="mean", label_smoothing=0.0):
    """-y·log p - (1 - y)·log(1 - p)."""
    p, y = _wide(probs), _smoothed(labels, label_smoothing)
    others = jnp.log1p(-jnp.where((p == 1) & (y == 1), 0, p))
    losses = -y * _log(p, y) - (1 - y) * others
    return _reduced(losses, reduction, losses.size, probs.dtype)


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None, label_smoothing=0.0
):
    """-ρ·y·log σ(x) - (1 - y)·log σ(-x)."""
    x, y = _wide(logits), _smoothed(labels, label_smoothing)
    positive = y if pos_weight is None else y * _wide(pos_weight)
    losses = _times(positive, -jax.nn.log_sigmoid(x)) + _times(1 - y, -jax.nn.log_sigmoid(-x))
    losses = losses if weight is None else losses * _wide(weight)
    return _reduced(losses, reduction, losses.size, logits.dtype)


def _mass(labels, n, axis, dtype, ignore_index=None):
    """Labels as rows of probabilities, classes last; which rows are kept."""
    if jnp.issubdtype(labels.dtype, jnp.floating):
        q = jnp.moveaxis(labels, axis, -1).astype(dtype)
        return q, jnp.ones(q.shape[:-1], bool)
    labels = labels.astype(jnp.promote_types(labels.dtype, jnp.int32))  # 8 bits may not hold n
    kept = jnp.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    q = jax.nn.one_hot(labels, n, dtype=dtype)
    wrong = kept & ((labels < 0) | (labels >= n))
    return jnp.where(wrong[..., None], jnp.nan, jnp.where(kept[..., None], q, 0)), kept


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    """-Σ q·log p."""
    p = jnp.moveaxis(_wide(probs), axis, -1)
    q, _ = _mass(labels, p.shape[-1], axis, p.dtype)
    losses = -(q * _log(p, q)).sum(-1)
    return _reduced(losses, reduction, losses.size, probs.dtype)


def cross_entropy_with_logits(
    logits,
    labels,
    axis=-1,
    reduction="mean",
    weight=None,
    ignore_index=None,
    label_smoothing=0.0,
    where=None,
):
    """-Σ w·q·log softmax(x)."""
    if where is not None:
        logits = jnp.where(where, logits, -jnp.inf)
    x = jnp.moveaxis(_wide(logits), axis, -1)
    n = x.shape[-1]
    q, kept = _mass(labels, n, axis, x.dtype, ignore_index)
    w = jnp.ones(n, x.dtype) if weight is None else weight.astype(x.dtype)
    soft = jnp.issubdtype(labels.dtype, jnp.floating)
    total = kept.size if soft else (w * q).sum()
    a = w * ((1 - label_smoothing) * q + label_smoothing / n) if label_smoothing else w * q
    a = jnp.where(kept[..., None], a, 0)
    x = jnp.where(kept[..., None], x, 0)  # ignored rows may hold NaN
    losses = _times(a, -jax.nn.log_softmax(x)).sum(-1)
    return _reduced(losses, reduction, total, logits.dtype)


def linear_cross_entropy(
    hidden,
    linear_weight,
    labels,
    linear_bias=None,
    reduction="mean",
    weight=None,
    ignore_index=None,
    label_smoothing=0.0,
):
    """The loss of the product; rows that are ignored may hold NaN."""
    if ignore_index is not None and not jnp.issubdtype(labels.dtype, jnp.floating):
        hidden = jnp.where((labels != ignore_index)[..., None], hidden, 0)
    z = jnp.matmul(_wide(hidden), _wide(linear_weight).T)
    z = z if linear_bias is None else z + _wide(linear_bias)
    loss = cross_entropy_with_logits(
        z, labels, -1, reduction, weight, ignore_index, label_smoothing
    )
    return loss.astype(hidden.dtype)
