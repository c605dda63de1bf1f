"""Every function of the spec in plain NumPy, written to be read, with its gradient beside it.

The rules that keep it right:
* subtract the row's maximum before e^x: then nothing overflows and one term of the sum is 1;
* log1p(T) and not log(1 + T) where T may be tiny; expm1(t) and not e^t - 1 likewise;
* compute half formats in float32 and round once, at the end;
* 0·log 0 is 0: a class without mass costs nothing, whatever its probability.
"""

import numpy as np

NAME = "numpy"
BACKEND = "numpy"

# Infinities are answers here, not accidents: log 0 = -inf, e^-inf = 0.
_quietly = np.errstate(all="ignore")


def _wide(a):
    """Float32 for half formats, and the machine's own byte order; not to be written to."""
    return a.astype(np.float64 if a.dtype.itemsize == 8 else np.float32, copy=False)


def _rounded(a, dtype):
    """The array in the format of the result.

    NumPy's cast to float16 takes a hundred times as long where it underflows: such numbers become
    multiples of 2^-24, the smallest one, before. That is the last bit of 0.75 in float32.
    """
    if dtype == np.float16:
        size, unit = np.abs(a), a.dtype.type(0.75)
        if (tiny := size < 2**-14).any():
            a = np.where(tiny, np.copysign((size + unit) - unit, a), a)
    return a.astype(dtype, copy=False)


def _is_last(axis, a):
    return axis in (-1, a.ndim - 1)


def _rows(a, axis, where=None, masked=-np.inf, softcap=None):
    """The array in its working precision, the class axis last.

    Logits are capped. Then classes that take no part are replaced, whatever stands there: a logit
    by -inf, e^-inf = 0.
    """
    a = _wide(a)
    if softcap is not None:
        a = softcap * np.tanh(a / a.dtype.type(softcap))
    if where is not None:
        a = np.where(where, a, a.dtype.type(masked))
    a = _last(a, axis)
    return np.asarray(a, order=_order(a.shape[-1]))


def _order(n):
    """How rows of n classes lie in memory: NumPy adds up long ones one after the other.

    Short ones lie across, and are added up all at once: the same sums in a tenth of the time.
    """
    return "F" if n < 8 else "C"


def _last(a, axis):
    """The class axis last; several of them, or all for None, as one."""
    if isinstance(axis, int):  # rollaxis takes a fifth of the time of moveaxis
        return a if _is_last(axis, a) else np.rollaxis(a, axis, a.ndim)
    axes = range(a.ndim) if axis is None else axis
    moved = np.moveaxis(a, axes, range(-len(axes), 0))
    return moved.reshape(*moved.shape[: a.ndim - len(axes)], -1)


def _by_logits(slope, x, axis, where, softcap):
    """A slope by the capped logits as one by x: times 1 - tanh², which is 1/cosh²."""
    if softcap is None:
        return slope
    z = _rows(x, axis, where, 0) / slope.dtype.type(softcap)
    return slope / np.cosh(z) ** 2


def _back(a, axis, dtype, shape=()):
    """Undo `_rows`; of several axes the shape is to be told."""
    if isinstance(axis, int):
        a = a if _is_last(axis, a) else np.rollaxis(a, -1, axis)
        return np.ascontiguousarray(_rounded(a, dtype))
    result = np.empty(shape, dtype)
    result.flat[_last(np.arange(result.size).reshape(shape), axis)] = a
    return result


def _maximum(x):
    """The largest of each row; -inf for a row without classes."""
    return x.max(axis=-1, keepdims=True, initial=-np.inf)


def _sum(x):
    return x.sum(axis=-1, keepdims=True)


def _log_sum_exp(d):
    """Log Σ e^d where the largest d is 0: log1p of the sum without one of the largest terms."""
    top = d == 0
    return np.log1p((_sum(top.astype(d.dtype)) - 1) + _sum(np.exp(d) * ~top))


def _times(weight, value):
    """The product, with 0 · inf = 0."""
    product = np.asarray(weight * value)
    np.copyto(product, 0, where=weight == 0)
    return product


def _over(a, temperature):
    """a/T in the precision of a."""
    return a if temperature == 1 else a / a.dtype.type(temperature)


# --- sigmoid ---------------------------------------------------------------------------------


@_quietly
def sigmoid(x):
    """1 / (1 + e^-x) for x >= 0, e^x / (1 + e^x) for x < 0: the exponent is never positive."""
    w = _wide(x)
    e = np.exp(-np.abs(w))
    return _rounded(np.where(w >= 0, 1, e) / (1 + e), x.dtype)


@_quietly
def sigmoid_vjp(x, cotangent):
    """σ(x)·σ(-x) = e / (1 + e)², e = e^-|x|; σ·(1 - σ) would cancel where σ is near 1."""
    e = np.exp(-np.abs(_wide(x)))
    return _rounded(_wide(cotangent) * (e / ((1 + e) * (1 + e))), x.dtype)


@_quietly
def log_sigmoid(x):
    """min(x, 0) - log1p(e^-|x|)."""
    w = _wide(x)
    return _rounded(np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w))), x.dtype)


@_quietly
def log_sigmoid_vjp(x, cotangent):
    """σ(-x)."""
    w = _wide(x)
    e = np.exp(-np.abs(w))
    return _rounded(_wide(cotangent) * (np.where(w >= 0, e, 1) / (1 + e)), x.dtype)


@_quietly
def softplus(x):
    """max(x, 0) + log1p(e^-|x|)."""
    w = _wide(x)
    return _rounded(np.maximum(w, 0) + np.log1p(np.exp(-np.abs(w))), x.dtype)


@_quietly
def softplus_vjp(x, cotangent):
    """σ(x)."""
    w = _wide(x)
    e = np.exp(-np.abs(w))
    return _rounded(_wide(cotangent) * (np.where(w >= 0, 1, e) / (1 + e)), x.dtype)


@_quietly
def logaddexp(x, y):
    """max + log1p(e^-|x - y|), and the larger itself where x - y is inf - inf."""
    a, b = _wide(x), _wide(y)
    gap = np.where(a == b, 0, np.abs(a - b))
    m = np.maximum(a, b)
    return np.where(np.isinf(m), m, m + np.log1p(np.exp(-gap))).astype(x.dtype)


@_quietly
def logaddexp_vjp(x, y, cotangent):
    """σ(x - y): ½ of each at a tie."""
    d = _wide(x) - _wide(y)
    e = np.exp(-np.abs(d))
    return _rounded(_wide(cotangent) * (np.where(d >= 0, 1, e) / (1 + e)), x.dtype)


# --- softmax and its logarithm ---------------------------------------------------------------


def _below(x, temperature=1.0):
    """(x - max x)/T: shifted before it is divided, so that a large maximum costs nothing."""
    if not temperature > 0:
        raise ValueError(f"temperature={temperature!r}: not above 0")
    return _over(x - _maximum(x), temperature)


def _softmax(d):
    e = np.exp(d)
    return e / _sum(e)


@_quietly
def softmax(x, axis=-1, where=None, temperature=1.0, softcap=None):
    d = _below(_rows(x, axis, where, softcap=softcap), temperature)
    return _back(_softmax(d), axis, x.dtype)


@_quietly
def softmax_vjp(x, cotangent, axis=-1, where=None, temperature=1.0, softcap=None):
    """p·(g - Σ p·g)/T."""
    p = _softmax(_below(_rows(x, axis, where, softcap=softcap), temperature))
    g = _rows(cotangent, axis, where, 0)
    slope = _over(p * (g - _sum(p * g)), temperature)
    return _back(_by_logits(slope, x, axis, where, softcap), axis, x.dtype)


@_quietly
def log_softmax(x, axis=-1, where=None, temperature=1.0, softcap=None):
    d = _below(_rows(x, axis, where, softcap=softcap), temperature)
    return _back(d - _log_sum_exp(d), axis, x.dtype)


@_quietly
def log_softmax_vjp(x, cotangent, axis=-1, where=None, temperature=1.0, softcap=None):
    """The gradient is (g - p·Σ g)/T."""
    p = _softmax(_below(_rows(x, axis, where, softcap=softcap), temperature))
    g = _rows(cotangent, axis, where, 0)
    slope = _over(g - p * _sum(g), temperature)
    return _back(_by_logits(slope, x, axis, where, softcap), axis, x.dtype)


@_quietly
def logsumexp(x, axis=-1, where=None, keepdims=False):
    """The shifted m + log Σ e^(x - m), where m = ±inf is no shift: inf - inf is NaN."""
    w = _rows(x, axis, where)
    m = _maximum(w)
    m = np.where(np.isinf(m), 0, m)
    found = (m + _log_sum_exp(w - m))[..., 0].astype(x.dtype)
    if keepdims:
        found = np.expand_dims(found, tuple(range(x.ndim)) if axis is None else axis)
    return found


@_quietly
def logsumexp_vjp(x, cotangent, axis=-1, where=None, keepdims=False):
    """g·p."""
    g = _wide(_last(cotangent, axis) if keepdims else cotangent[..., np.newaxis])
    slope = g * _softmax(_below(_rows(x, axis, where)))
    return _back(slope, axis, x.dtype, x.shape)


@_quietly
def entropy_with_logits(logits, axis=-1):
    """-Σ p·log p as log S - Σ p·d, d = x - max x: neither term is negative, and 0·log 0 is 0."""
    x = _rows(logits, axis)
    d = _below(x)
    log_s, p = _log_sum_exp(d), _softmax(d)
    return (log_s - _sum(_times(p, d)))[..., 0].astype(logits.dtype)


@_quietly
def entropy_with_logits_vjp(logits, cotangent, axis=-1):
    """-p·(d - Σ p·d)."""
    x = _rows(logits, axis)
    d = _below(x)
    p = _softmax(d)
    g = _wide(cotangent)[..., np.newaxis]
    return _back(-g * _times(p, d - _sum(_times(p, d))), axis, logits.dtype)


# --- reductions ------------------------------------------------------------------------------


def _reduced(loss, reduction, count, dtype):
    """The losses, their sum, or their sum over `count`."""
    if reduction == "mean":
        loss = loss.sum() / count
    elif reduction == "sum":
        loss = loss.sum()
    elif reduction != "none":
        raise ValueError(f"reduction={reduction!r}: not one of 'none', 'sum', 'mean'")
    return np.asarray(loss).astype(dtype)


def _rate(cotangent, reduction, count):
    """What each loss contributes to the result."""
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction={reduction!r}: not one of 'none', 'sum', 'mean'")
    return _wide(cotangent) / count if reduction == "mean" else _wide(cotangent)


# --- binary cross-entropy --------------------------------------------------------------------


def _smoothed(labels, smoothing):
    """Labels in [0, 1], drawn towards 1/2."""
    y = _wide(labels)
    return y * (1 - smoothing) + smoothing / 2 if smoothing else y


@_quietly
def binary_cross_entropy(probs, labels, reduction="mean", label_smoothing=0.0):
    """-y·log p - (1 - y)·log(1 - p)."""
    p, y = _wide(probs), _smoothed(labels, label_smoothing)
    loss = _times(y, -np.log(p)) + _times(1 - y, -np.log1p(-p))
    return _reduced(loss, reduction, loss.size, probs.dtype)


@_quietly
def binary_cross_entropy_vjp(probs, labels, cotangent, reduction="mean", label_smoothing=0.0):
    """(1 - y) / (1 - p) - y / p."""
    p, y = _wide(probs), _smoothed(labels, label_smoothing)
    slope = _times(1 - y, 1 / (1 - p)) - _times(y, 1 / p)
    return _rounded(_rate(cotangent, reduction, p.size) * slope, probs.dtype)


def _weighted(value, weight):
    return value if weight is None else value * _wide(weight)


@_quietly
def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None, label_smoothing=0.0
):
    """w·(ρ·y·softplus(-x) + (1 - y)·softplus(x)); no term is negative, so nothing cancels."""
    x, y = _wide(logits), _smoothed(labels, label_smoothing)
    tail = np.log1p(np.exp(-np.abs(x)))
    positive = _times(_weighted(y, pos_weight), np.maximum(-x, 0) + tail)
    negative = _times(1 - y, np.maximum(x, 0) + tail)
    loss = _weighted(positive + negative, weight)
    return _reduced(loss, reduction, loss.size, logits.dtype)


@_quietly
def binary_cross_entropy_with_logits_vjp(
    logits, labels, cotangent, reduction="mean", weight=None, pos_weight=None, label_smoothing=0.0
):
    """w·((1 - y)·σ(x) - ρ·y·σ(-x)), which is w·(σ(x) - y) where ρ is 1."""
    x, y = _wide(logits), _smoothed(labels, label_smoothing)
    e = np.exp(-np.abs(x))
    up, down = np.where(x >= 0, 1, e) / (1 + e), np.where(x >= 0, e, 1) / (1 + e)
    slope = _weighted((1 - y) * up - _weighted(y, pos_weight) * down, weight)
    return _rounded(_rate(cotangent, reduction, x.size) * slope, logits.dtype)


@_quietly
def sigmoid_focal_loss(logits, labels, reduction="mean", alpha=None, gamma=2.0):
    """a·σ(z)^γ·softplus(z), z the logit of the wrong class: 1 - p_t would cancel."""
    a, s, _, softplus_z = _focus(logits, labels, alpha)
    return _reduced(a * s**gamma * softplus_z, reduction, logits.size, logits.dtype)


@_quietly
def sigmoid_focal_loss_vjp(logits, labels, cotangent, reduction="mean", alpha=None, gamma=2.0):
    """±a·σ(z)^γ·(σ(z) + γ·σ(-z)·softplus(z)), without the σ^(γ - 1) that is infinite at 0."""
    a, s, q, softplus_z = _focus(logits, labels, alpha)
    slope = a * s**gamma * (s + gamma * q * softplus_z)
    slope = np.where(labels == 1, -slope, slope)
    return _rounded(_rate(cotangent, reduction, logits.size) * slope, logits.dtype)


def _focus(logits, labels, alpha):
    """The weight of each label, σ(z), σ(-z) and softplus(z)."""
    z = np.where(labels == 1, -_wide(logits), _wide(logits))
    e = np.exp(-np.abs(z))
    s, q = np.where(z >= 0, 1, e) / (1 + e), np.where(z >= 0, e, 1) / (1 + e)
    a = z.dtype.type(1) if alpha is None else np.where(labels == 1, alpha, 1 - alpha)
    return np.asarray(a, z.dtype), s, q, np.maximum(z, 0) + np.log1p(e)


# --- cross-entropy ---------------------------------------------------------------------------


def _mass(labels, n, axis, dtype, ignore_index=None):
    """Labels as rows of probabilities: class indices become ones; which rows are kept."""
    if labels.dtype.kind not in "iu":
        q = _rows(labels, axis).astype(dtype, copy=False)
        return q, np.ones(q.shape[:-1], bool)
    kept = np.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    wrong = kept & ((labels < 0) | (labels >= n))
    if wrong.any():
        raise IndexError(f"label {labels[wrong].flat[0]} is not one of the {n} classes")
    hot = np.equal(labels[..., np.newaxis], np.arange(n), order=_order(n))
    if ignore_index is not None:
        hot &= kept[..., np.newaxis]
    return hot.astype(dtype), kept


@_quietly
def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    """-Σ q·log p."""
    p = _rows(probs, axis)
    q, _ = _mass(labels, p.shape[-1], axis, p.dtype)
    loss = _times(q, -np.log(p)).sum(axis=-1)
    return _reduced(loss, reduction, loss.size, probs.dtype)


@_quietly
def cross_entropy_vjp(probs, labels, cotangent, axis=-1, reduction="mean"):
    """-q / p."""
    p = _rows(probs, axis)
    q, kept = _mass(labels, p.shape[-1], axis, p.dtype)
    rate = np.asarray(_rate(cotangent, reduction, kept.size))[..., np.newaxis]
    return _back(_times(rate * q, -1 / p), axis, probs.dtype)


def _target(labels, x, axis, weight, ignore_index, smoothing):
    """What each log p is multiplied with, what the mean divides by, and which rows are kept.

    Class indices: the weights of the classes named. Soft labels: the number of rows.
    """
    n = x.shape[-1]
    weight = None if weight is None else weight.astype(x.dtype)
    q, kept = _mass(labels, n, axis, x.dtype, ignore_index)
    a = _weighted(q, weight)
    total = a.sum() if labels.dtype.kind in "iu" else kept.size
    if smoothing:
        a = _weighted((1 - smoothing) * q + smoothing / n, weight)
    return _where(kept[..., np.newaxis], a), total, kept


def _where(kept, a):
    """The array, with 0 in the rows that are not kept, whatever stands there."""
    return a if kept.all() else np.where(kept, a, 0)


def _lse(x, d, temperature):
    """log Σ e^(x/T)."""
    return _over(_maximum(x), temperature) + _log_sum_exp(d)


@_quietly
def cross_entropy_with_logits(
    logits,
    labels,
    axis=-1,
    reduction="mean",
    weight=None,
    ignore_index=None,
    label_smoothing=0.0,
    where=None,
    temperature=1.0,
    softcap=None,
    z_loss=0.0,
):
    """Σ a·(log S - d), d = (x - max x)/T, S = Σ e^d: two terms that are never negative."""
    x = _rows(logits, axis, where, softcap=softcap)
    a, total, kept = _target(labels, x, axis, weight, ignore_index, label_smoothing)
    d = _below(x, temperature)
    loss = _times(a, _log_sum_exp(d) - d).sum(axis=-1)
    if z_loss:
        square = (_lse(x, d, temperature) ** 2)[..., 0]
        loss = loss + np.where(kept, z_loss * square, 0)
    return _reduced(loss, reduction, total, logits.dtype)


@_quietly
def cross_entropy_with_logits_vjp(
    logits,
    labels,
    cotangent,
    axis=-1,
    reduction="mean",
    weight=None,
    ignore_index=None,
    label_smoothing=0.0,
    where=None,
    temperature=1.0,
    softcap=None,
    z_loss=0.0,
):
    """p·(Σ a - a) - a·(1 - p), over T: p - q for plain labels, without its cancellation."""
    x = _rows(logits, axis, where, softcap=softcap)
    a, total, kept = _target(labels, x, axis, weight, ignore_index, label_smoothing)
    d = _below(x, temperature)
    others = np.expm1(d - _log_sum_exp(d))  # p - 1
    p, mass = _softmax(d), _sum(a)
    slope = p * (mass - a) + a * others
    if z_loss:
        slope = slope + np.where(kept[..., np.newaxis], 2 * z_loss * _lse(x, d, temperature) * p, 0)
    slope = _by_logits(_over(slope, temperature), logits, axis, where, softcap)
    slope = _where(kept[..., np.newaxis] if z_loss else mass != 0, slope)  # or NaN counts
    rate = np.asarray(_rate(cotangent, reduction, total))[..., np.newaxis]
    return _back(rate * slope, axis, logits.dtype)


def _logits(hidden, linear_weight, linear_bias):
    z = _wide(hidden) @ _wide(linear_weight).T
    return z if linear_bias is None else z + _wide(linear_bias)


def linear_cross_entropy(
    hidden,
    linear_weight,
    labels,
    linear_bias=None,
    reduction="mean",
    weight=None,
    ignore_index=None,
    label_smoothing=0.0,
    temperature=1.0,
    softcap=None,
    z_loss=0.0,
):
    """The loss of the logits h·Wᵀ + b, which are not rounded to a half format on the way."""
    z = _logits(hidden, linear_weight, linear_bias)
    options = weight, ignore_index, label_smoothing, None, temperature, softcap, z_loss
    loss = cross_entropy_with_logits(z, labels, -1, reduction, *options)
    return loss.astype(hidden.dtype)


@_quietly
def linear_cross_entropy_vjp(
    hidden,
    linear_weight,
    labels,
    cotangent,
    linear_bias=None,
    reduction="mean",
    weight=None,
    ignore_index=None,
    label_smoothing=0.0,
    temperature=1.0,
    softcap=None,
    z_loss=0.0,
):
    """The gradient by the logits, times W."""
    z = _logits(hidden, linear_weight, linear_bias)
    options = weight, ignore_index, label_smoothing, None, temperature, softcap, z_loss
    g = _wide(cotangent)
    slope = cross_entropy_with_logits_vjp(z, labels, g, -1, reduction, *options)
    return _rounded(slope @ _wide(linear_weight), hidden.dtype)


# --- from logarithms of probabilities --------------------------------------------------------


@_quietly
def nll_loss(log_probs, labels, axis=-1, reduction="mean", weight=None, ignore_index=None):
    """-w·log p at the label; log p may be -inf elsewhere."""
    x = _rows(log_probs, axis)
    a, total, _ = _target(labels, x, axis, weight, ignore_index, 0.0)
    return _reduced(_times(a, -x).sum(axis=-1), reduction, total, log_probs.dtype)


@_quietly
def nll_loss_vjp(
    log_probs, labels, cotangent, axis=-1, reduction="mean", weight=None, ignore_index=None
):
    """-w at the label."""
    x = _rows(log_probs, axis)
    a, total, _ = _target(labels, x, axis, weight, ignore_index, 0.0)
    rate = np.asarray(_rate(cotangent, reduction, total))[..., np.newaxis]
    return _back(np.where(a == 0, 0, -rate * a), axis, log_probs.dtype)


@_quietly
def kl_div(log_probs, labels, reduction="mean", log_target=False):
    """y·(log y - log p): a target without mass costs nothing, whatever the logarithms."""
    x, t = _wide(log_probs), _wide(labels)
    y, log_y = (np.exp(t), t) if log_target else (t, np.log(t))
    loss = _times(y, log_y - x)
    return _reduced(loss, reduction, loss.size, log_probs.dtype)


@_quietly
def kl_div_vjp(log_probs, labels, cotangent, reduction="mean", log_target=False):
    """-y."""
    y = np.exp(_wide(labels)) if log_target else _wide(labels)
    return _rounded(-_rate(cotangent, reduction, y.size) * y, log_probs.dtype)


# --- the log-probability of a label ----------------------------------------------------------


@_quietly
def token_log_prob(logits, labels, axis=-1):
    """d_y - log S: the entry of log_softmax at the label."""
    x = _rows(logits, axis)
    q, _ = _mass(labels, x.shape[-1], axis, x.dtype)
    d = _below(x)
    return _times(q, d - _log_sum_exp(d)).sum(axis=-1).astype(logits.dtype)


@_quietly
def token_log_prob_vjp(logits, labels, cotangent, axis=-1):
    """1 at the label, less p."""
    x = _rows(logits, axis)
    q, _ = _mass(labels, x.shape[-1], axis, x.dtype)
    return _back(_wide(cotangent)[..., np.newaxis] * (q - _softmax(_below(x))), axis, logits.dtype)
