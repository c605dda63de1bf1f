"""The forms of every quantity that right implementations use, written in adversarial arithmetic.

`MUST` are the stable forms that the must bounds admit, `SHOULD` the careful ones that lose nothing
beside the result itself, `STRICT` the best form of each. A form takes the arithmetic and the
problem and gives the computed quantity.
"""

from __future__ import annotations

from copy import copy

import numpy as np

from conformance.numerics.problem import Problem

# Elementwise


def _e(ar, x):
    return ar.exp(-np.abs(x))


def sigma(ar, x):
    """1/(1 + e) or e/(1 + e), e = e^−|x|."""
    e = _e(ar, x)
    return np.where(x >= 0, ar.div(1.0, ar.add(1.0, e)), ar.div(e, ar.add(1.0, e)))


def softplus(ar, x):
    """max(x, 0) + log1p(e^−|x|)."""
    return ar.add(np.maximum(x, 0), ar.log1p(_e(ar, x)))


def log_sigmoid_by_log1p(ar, p):
    """−log1p(e^−x), and x itself where e^−x leaves the format."""
    within = p.x >= -np.log(ar.b.fmt.largest)
    return np.where(within, -ar.log1p(ar.exp(np.where(within, -p.x, 0.0))), p.x)


def one_minus_sigma(ar, x):
    return ar.sub(1.0, sigma(ar, x))


def sigmoid_vjp_by_complement(ar, p):
    s = sigma(ar, p.x)
    return ar.mul(p.cotangent, ar.mul(s, ar.sub(1.0, s)))


def sigmoid_vjp_by_both(ar, p):
    return ar.mul(ar.mul(p.cotangent, sigma(ar, p.x)), sigma(ar, -p.x))


def log_sigmoid_vjp_by_complement(ar, p):
    return ar.mul(p.cotangent, one_minus_sigma(ar, p.x))


def log_sigmoid_vjp_by_sigma(ar, p):
    return ar.mul(p.cotangent, sigma(ar, -p.x))


def log_sigmoid_vjp_by_parts(ar, p):
    """[x < 0] − sign·e/(1 + e): the saved e^−|x| in the backward pass."""
    e = _e(ar, p.x)
    z = ar.div(e, ar.add(1.0, e))
    return ar.mul(p.cotangent, ar.sub(np.where(p.x < 0, 1.0, 0.0), np.where(p.x < 0, z, -z)))


def sigmoid_hvp_by_double_backward(ar, p):
    """g v s(1 − s)(1 − 2s)."""
    s = sigma(ar, p.x)
    slope = ar.mul(ar.mul(s, ar.sub(1.0, s)), ar.sub(1.0, ar.mul(2.0, s)))
    return ar.mul(ar.mul(p.cotangent, p.direction), slope)


def sigmoid_hvp_by_both(ar, p):
    s, q = sigma(ar, p.x), sigma(ar, -p.x)
    return ar.mul(ar.mul(p.cotangent, p.direction), ar.mul(ar.mul(s, q), ar.sub(q, s)))


def log_sigmoid_hvp_by_complement(ar, p):
    s = sigma(ar, p.x)
    return -ar.mul(ar.mul(p.cotangent, p.direction), ar.mul(s, ar.sub(1.0, s)))


def log_sigmoid_hvp_by_both(ar, p):
    product = ar.mul(sigma(ar, p.x), sigma(ar, -p.x))
    return -ar.mul(ar.mul(p.cotangent, p.direction), product)


# Rows


class Shifted:
    """m, d, t and S of rows of logits as a stable kernel has them."""

    def __init__(self, ar, x):
        self.ar, self.x = ar, x
        self.m = x.max(axis=-1, keepdims=True)
        self.d = ar.sub(x, self.m)
        self.t = ar.exp(self.d)
        self.S = ar.total(self.t, keepdims=True)

    @property
    def log_S(self):
        return self.ar.log(self.S)

    @property
    def tail_log_S(self):
        """log1p(Σ of all but one maximum)."""
        tail = self.t.copy()
        np.put_along_axis(tail, self.x.argmax(axis=-1)[:, None], 0, axis=-1)
        return self.ar.log1p(self.ar.total(tail, keepdims=True))


def _softmax(ar, x):
    rows = Shifted(ar, x)
    return ar.div(rows.t, rows.S)


def softmax_by_reciprocal(ar, p):
    rows = Shifted(ar, p.x)
    return ar.mul(rows.t, ar.div(1.0, rows.S))


def softmax_by_log(ar, p):
    return ar.exp(_log_softmax(ar, p.x))


def _log_softmax(ar, x, tail=False):
    rows = Shifted(ar, x)
    return ar.sub(rows.d, rows.tail_log_S if tail else rows.log_S)


def logsumexp(ar, p, tail=False):
    rows = Shifted(ar, p.x)
    return ar.add(rows.m, rows.tail_log_S if tail else rows.log_S)[:, 0]


def logsumexp_by_logaddexp(ar, p):
    """max(a, b) + log1p(e^−|a − b|) applied along the row."""
    found = p.x[:, 0]
    for k in range(1, p.x.shape[1]):
        a, b = found, p.x[:, k]
        gap = np.where(np.isneginf(np.minimum(a, b)), np.inf, np.abs(ar.sub(a, b)))
        found = ar.add(np.maximum(a, b), ar.log1p(ar.exp(-gap)))
    return found


def _centred(ar, soft, values):
    return ar.sub(values, ar.total(ar.mul(soft, values), keepdims=True))


def softmax_vjp(ar, p):
    """p(g − Σp g)."""
    soft = _softmax(ar, p.x)
    return ar.mul(soft, _centred(ar, soft, p.cotangent))


def softmax_vjp_expanded(ar, p):
    """p g − p Σp g."""
    soft = _softmax(ar, p.x)
    product = ar.mul(soft, p.cotangent)
    return ar.sub(product, ar.mul(soft, ar.total(product, keepdims=True)))


def softmax_vjp_apart(ar, p):
    """p g − p Σp g with two p, rounded apart."""
    soft, other = _softmax(ar, p.x), softmax_by_reciprocal(ar.opposed(), p)
    mean = ar.total(ar.mul(soft, p.cotangent), keepdims=True)
    return ar.sub(ar.mul(soft, p.cotangent), ar.mul(other, mean))


def softmax_vjp_by_factors(ar, p):
    """The quotient t/S differentiated factor by factor: t(g/S − Σ t g/S²)."""
    rows = Shifted(ar, p.x)
    square = ar.mul(rows.S, rows.S)
    through = ar.total(ar.div(ar.mul(rows.t, p.cotangent), square), keepdims=True)
    return ar.mul(rows.t, ar.sub(ar.div(p.cotangent, rows.S), through))


def _along(ar, matrix, v):
    """The product of each row's matrix with its vector."""
    return ar.total(ar.mul(matrix, v[:, None, :]))


def _jacobian(ar, soft, other=None):
    """p_i(δ_ij − p_j)."""
    columns = soft if other is None else other
    return ar.mul(soft[:, :, None], ar.sub(np.eye(soft.shape[-1]), columns[:, None, :]))


def _outer(ar, soft):
    """diag p − p pᵀ."""
    product = ar.mul(soft[:, :, None], soft[:, None, :])
    return ar.sub(soft[:, :, None] * np.eye(soft.shape[-1]), product)


def softmax_vjp_by_jacobian(ar, p):
    return _along(ar, _jacobian(ar, _softmax(ar, p.x)), p.cotangent)


def softmax_vjp_by_outer_product(ar, p):
    return _along(ar, _outer(ar, _softmax(ar, p.x)), p.cotangent)


def _log_jacobian(ar, soft):
    """δ_ij − p_i, transposed."""
    return ar.sub(np.eye(soft.shape[-1]), soft[:, :, None])


def log_softmax_vjp_by_jacobian(ar, p, by_log=True):
    soft = softmax_by_log(ar, p) if by_log else _softmax(ar, p.x)
    return _along(ar, _log_jacobian(ar, soft), p.cotangent)


def _log_softmax_vjp(ar, soft, g):
    return ar.sub(g, ar.mul(soft, ar.total(g, keepdims=True)))


def log_softmax_vjp(ar, p):
    """g − e^(log p) Σg, as log_softmax is saved for the backward pass."""
    return _log_softmax_vjp(ar, ar.exp(_log_softmax(ar, p.x)), p.cotangent)


def log_softmax_vjp_by_quotient(ar, p):
    return _log_softmax_vjp(ar, _softmax(ar, p.x), p.cotangent)


def logsumexp_vjp(ar, p):
    return ar.mul(p.cotangent[:, None], _softmax(ar, p.x))


def logsumexp_vjp_through_running_maxima(ar, p):
    """At each new maximum the derivative of the shift by it, g Σp − Σ(g p) so far, joins in."""
    found, d = logsumexp_vjp(ar, p), p.rows.d
    mass, highest = np.cumsum(p.rows.p, -1), np.maximum.accumulate(d, -1)
    met, moved = found[:, 0], found.copy()
    for k in range(1, d.shape[-1]):
        met = ar.add(met, found[:, k])
        shift = ar.sub(ar.mul(p.cotangent, mass[:, k]), met)
        moved[:, k] = np.where(d[:, k] >= highest[:, k], ar.add(found[:, k], shift), moved[:, k])
    return moved


def logsumexp_vjp_by_log(ar, p):
    return ar.mul(p.cotangent[:, None], softmax_by_log(ar, p))


def softmax_hvp(ar, p):
    """p[(g − ḡ)(v − v̄) − cov(g, v)]."""
    soft = _softmax(ar, p.x)
    product = ar.mul(_centred(ar, soft, p.cotangent), _centred(ar, soft, p.direction))
    return ar.mul(soft, _centred(ar, soft, product))


def softmax_hvp_by_product_rule(ar, p):
    """ṗ(g − ḡ) − p Σṗ g with ṗ = p(v − v̄): forward over reverse."""
    soft = _softmax(ar, p.x)
    moved = ar.mul(soft, _centred(ar, soft, p.direction))
    mean = ar.total(ar.mul(moved, p.cotangent), keepdims=True)
    return ar.sub(ar.mul(moved, _centred(ar, soft, p.cotangent)), ar.mul(soft, mean))


def _twice(ar, soft, weight, v):
    """The double backward of soft(w − Σ soft w) as PyTorch has it, through soft alone."""
    means = [ar.total(ar.mul(soft, t), keepdims=True) for t in (weight, v)]
    z = ar.sub(ar.sub(ar.mul(v, weight), ar.mul(means[0], v)), ar.mul(weight, means[1]))
    return ar.mul(soft, _centred(ar, soft, z))


def softmax_hvp_by_double_backward(ar, p):
    return _twice(ar, _softmax(ar, p.x), p.cotangent, p.direction)


def through_maximum(form):
    """The same of x − max x, differentiated: along v − v_m, and less its sum at the maximum."""

    def through(ar, p):
        top = p.x.argmax(axis=-1)[:, None]
        v, moved = p.direction, copy(p)
        vars(moved)["direction"] = ar.sub(v, np.take_along_axis(v, top, -1))
        found = form(ar, moved)
        at = ar.sub(np.take_along_axis(found, top, -1), ar.total(found, keepdims=True))
        found = found.copy()
        np.put_along_axis(found, top, at, -1)
        return found

    return through


def softmax_hvp_by_jacobian(ar, p):
    """Σ_j (ṗ_i(δ_ij − p_j) − p_i ṗ_j)g_j, ṗ = Σ_j p_i(δ_ij − p_j)v_j."""
    soft = _softmax(ar, p.x)
    jacobian = _jacobian(ar, soft)
    moved = _along(ar, jacobian, p.direction)
    parts = ar.mul(soft[:, :, None], moved[:, None, :])
    return _along(ar, ar.sub(_jacobian(ar, moved, soft), parts), p.cotangent)


def log_softmax_hvp_by_matrix(ar, p):
    total = ar.total(p.cotangent, keepdims=True)
    return -ar.mul(total, _along(ar, _outer(ar, _softmax(ar, p.x)), p.direction))


def logsumexp_hvp_by_matrix(ar, p):
    curved = _along(ar, _jacobian(ar, _softmax(ar, p.x)), p.direction)
    return ar.mul(p.cotangent[:, None], curved)


def _hessian(ar, soft, v):
    return ar.mul(soft, _centred(ar, soft, v))


def log_softmax_hvp(ar, p):
    total = ar.total(p.cotangent, keepdims=True)
    return -ar.mul(total, _hessian(ar, softmax_by_log(ar, p), p.direction))


def logsumexp_hvp(ar, p):
    return ar.mul(p.cotangent[:, None], _hessian(ar, _softmax(ar, p.x), p.direction))


def logsumexp_hvp_apart(ar, p):
    """w − p Σw, w = g v e^(log p), p = t/S."""
    weight = ar.mul(ar.mul(p.cotangent[:, None], p.direction), softmax_by_log(ar, p))
    return _log_softmax_vjp(ar, _softmax(ar.opposed(), p.x), weight)


# The entropy


def entropy_by_distances(ar, p):
    """log S + Σ p|d|."""
    rows = Shifted(ar, p.x)
    soft = ar.div(rows.t, rows.S)
    return ar.add(rows.tail_log_S[:, 0], ar.total(ar.mul(soft, np.abs(rows.d))))


def entropy_by_logs(ar, p, by_log=True, tail=False):
    """−Σ p log p with the logarithms of log_softmax."""
    logs = _log_softmax(ar, p.x, tail)
    soft = ar.exp(logs) if by_log else _softmax(ar, p.x)
    return -ar.total(ar.mul(soft, logs))


def entropy_of_probabilities(ar, p):
    """−Σ p log p of computed p, 0·log 0 being 0."""
    soft = _softmax(ar, p.x)
    return -ar.total(np.where(soft > 0, ar.mul(soft, ar.log(np.where(soft > 0, soft, 1))), 0))


def entropy_vjp_by_distances(ar, p):
    """g p(Σ p d − d)."""
    rows = Shifted(ar, p.x)
    slope = ar.mul(ar.div(rows.t, rows.S), _centred(ar, ar.div(rows.t, rows.S), rows.d))
    return -ar.mul(p.cotangent[:, None], slope)


def entropy_vjp_by_both_paths(ar, p, of_p=False):
    """Through p and through log p, as automatic differentiation of −Σ p log p has it."""
    soft, logs = _softmax(ar, p.x), _log_softmax(ar, p.x)
    if of_p:
        logs = ar.log(np.where(soft > 0, soft, 1))
        slope = ar.mul(soft, _centred(ar, soft, -ar.add(logs, 1.0)))
        return ar.mul(p.cotangent[:, None], slope)
    g = p.cotangent[:, None]
    first = ar.mul(soft, _centred(ar, soft, -ar.mul(g, logs)))
    weight = ar.mul(g, soft)
    second = _log_softmax_vjp(ar, ar.exp(logs), -weight)
    return ar.add(first, second)


def entropy_hvp(ar, p):
    """−g p[(v − v̄)(d − d̄) − cov(v, d) + v − v̄]."""
    rows = Shifted(ar, p.x)
    soft = ar.div(rows.t, rows.S)
    along = _centred(ar, soft, p.direction)
    product = ar.mul(along, _centred(ar, soft, rows.d))
    slope = ar.mul(soft, ar.add(_centred(ar, soft, product), along))
    return -ar.mul(p.cotangent[:, None], slope)


def entropy_hvp_by_product_rule(ar, p):
    """ṗ(c − c̄) + p(ċ − Σ(ṗ c + p ċ)), c = −log p − 1: forward over reverse."""
    soft, c = _softmax(ar, p.x), -ar.add(_log_softmax(ar, p.x), 1.0)
    along = _centred(ar, soft, p.direction)
    moved = ar.mul(soft, along)
    mean = ar.total(ar.sub(ar.mul(moved, c), ar.mul(soft, along)), keepdims=True)
    bent = ar.sub(ar.sub(ar.mul(moved, _centred(ar, soft, c)), ar.mul(soft, along)),
                  ar.mul(soft, mean))  # fmt: skip
    return ar.mul(p.cotangent[:, None], bent)


def entropy_hvp_by_double_backward(ar, p):
    """Of both paths, p(γ − Σ p γ) and w − e^(log p)Σw, γ = −g log p, w = −g p."""
    soft, logs, g, v = _softmax(ar, p.x), _log_softmax(ar, p.x), p.cotangent[:, None], p.direction
    other = ar.exp(logs)
    first = _twice(ar, soft, -ar.mul(g, logs), v)
    along = -ar.mul(g, ar.mul(soft, _centred(ar, soft, v)))
    second = ar.mul(soft, _centred(ar, soft, -ar.mul(g, _centred(ar, other, v))))
    last = -ar.mul(ar.mul(v, other), ar.total(-ar.mul(g, soft), keepdims=True))
    back = [_log_softmax_vjp(ar, other, t) for t in (along, last)]
    return ar.add(ar.add(first, second), ar.add(*back))


def entropy_hvp_of_logs(ar, p):
    """Of Σ e^l l for l = log p, whose gradient is w − p Σw with another p; backward twice."""
    logs, soft, g, v = _log_softmax(ar, p.x), _softmax(ar.opposed(), p.x), p.cotangent, p.direction
    other, g = ar.exp(logs), g[:, None]
    past = ar.add(logs, 1.0)
    whole = ar.total(-ar.mul(g, ar.mul(other, past)), keepdims=True)
    along = -ar.mul(g, _centred(ar, soft, v))
    by_logs = ar.add(ar.mul(along, other), ar.mul(ar.mul(along, past), other))
    by_soft = ar.mul(soft, _centred(ar, soft, -ar.mul(v, whole)))
    return ar.add(_log_softmax_vjp(ar, soft, by_logs), by_soft)


def entropy_vjp_of_logs(ar, p):
    """w − p Σw, w = −g e^l(1 + l), p = t/S."""
    logs, g = _log_softmax(ar, p.x), p.cotangent[:, None]
    other = ar.exp(logs)
    weight = -ar.mul(g, ar.add(other, ar.mul(other, logs)))
    return _log_softmax_vjp(ar, _softmax(ar.opposed(), p.x), weight)


# Losses


def reduced(ar, p, losses):
    """The losses under the example's reduction, the weights of a mean summed in the same order."""
    if isinstance(p, _Through) and p.option("z_loss"):
        losses = ar.add(losses, p.beside(ar)[0])
    if p.e.reduction == "none":
        return losses
    total = ar.total(losses)
    if p.e.reduction == "sum":
        return total
    return ar.div(total, _denominator(ar, p))


def _denominator(ar, p):
    if "weight" not in p.e.function.options or not p.e.function.rowwise or p.soft:
        return p.wide(len(p.x))
    return ar.total(p.row_weight)


def rate(ar, p):
    """The cotangent's share of each loss."""
    if p.e.reduction != "mean":
        return p.rate
    return np.broadcast_to(ar.div(p.cotangent, _denominator(ar, p)), (len(p.x),))


def label(ar, p):
    """y, smoothed or not: (1 − s)y + s/2, or y + s(½ − y)."""
    s, y = p.option("label_smoothing", 0.0), p.labels
    if not s:
        return y
    if p.option("pos_weight") is None:
        return ar.add(ar.mul(ar.sub(1.0, s), y), s / 2)
    return ar.add(y, ar.mul(s, ar.sub(0.5, y)))


def binary_by_softplus(ar, p):
    """A₁ softplus(−x) + A₀ softplus(x)."""
    up = ar.mul(ar.mul(p.pos_weight, label(ar, p)), softplus(ar, -p.x))
    down = ar.mul(ar.sub(1.0, label(ar, p)), softplus(ar, p.x))
    return reduced(ar, p, ar.mul(p.weight, ar.add(up, down)))


def binary_by_maximum(ar, p):
    """max(x, 0) − x y + log1p(e^−|x|), where ρ = 1."""
    if p.option("pos_weight") is not None:
        return binary_by_softplus(ar, p)
    straight = ar.sub(np.maximum(p.x, 0), ar.mul(p.x, label(ar, p)))
    return reduced(ar, p, ar.mul(p.weight, ar.add(straight, ar.log1p(_e(ar, p.x)))))


def _log_weight(ar, p):
    return ar.add(1.0, ar.mul(ar.sub(p.pos_weight, 1.0), label(ar, p)))


def binary_by_log_sigmoid(ar, p):
    """(1 − y)x − (1 + (ρ − 1)y) log σ(x)."""
    straight = ar.mul(ar.sub(1.0, label(ar, p)), p.x)
    bent = ar.mul(_log_weight(ar, p), softplus(ar, -p.x))
    return reduced(ar, p, ar.mul(p.weight, ar.add(straight, bent)))


def binary_vjp_by_parts(ar, p):
    """(A₀ σ(x) − A₁ σ(−x))·rate."""
    up = ar.mul(ar.mul(p.pos_weight, label(ar, p)), sigma(ar, -p.x))
    down = ar.mul(ar.sub(1.0, label(ar, p)), sigma(ar, p.x))
    return ar.mul(ar.mul(rate(ar, p), p.weight), ar.sub(down, up))


def binary_vjp_by_difference(ar, p):
    """(σ(x) − y)·rate where ρ = 1; ((ρ y + 1 − y) σ(x) − ρ y)·rate."""
    heavy = ar.mul(p.pos_weight, label(ar, p))
    both = ar.sub(ar.add(heavy, 1.0), label(ar, p)) if p.option("pos_weight") is not None else 1.0
    slope = ar.sub(ar.mul(both, sigma(ar, p.x)), heavy)
    return ar.mul(ar.mul(slope, p.weight), rate(ar, p))


def binary_hvp_by_complement(ar, p):
    s = sigma(ar, p.x)
    heavy = ar.sub(ar.add(ar.mul(p.pos_weight, label(ar, p)), 1.0), label(ar, p))
    curve = ar.mul(heavy, ar.mul(s, ar.sub(1.0, s)))
    return ar.mul(ar.mul(ar.mul(curve, p.weight), rate(ar, p)), p.direction)


def _kept(ar, p, slope):
    """(1 − s)·slope."""
    s = p.option("label_smoothing", 0.0)
    return ar.mul(ar.sub(1.0, s), slope) if s else slope


def binary_labels(ar, p):
    """w(ρ softplus(−x) − softplus(x))·rate."""
    slope = ar.sub(ar.mul(p.pos_weight, softplus(ar, -p.x)), softplus(ar, p.x))
    return ar.mul(ar.mul(rate(ar, p), p.weight), _kept(ar, p, slope))


def _shared(ar, p, option, terms):
    """One weight for all has the sum."""
    return terms if np.ndim(p.option(option)) else ar.total(terms)


def binary_weight(ar, p, form=binary_by_softplus):
    """The loss without weight, times rate."""
    plain = {**p.e.options, "weight": None, "reduction": "none"}
    losses = form(ar, type(p)(p.e.but(options=plain)))
    return _shared(ar, p, "weight", ar.mul(rate(ar, p), losses))


def binary_pos_weight(ar, p, by_difference=False):
    """w y softplus(−x)·rate; softplus(−x) as softplus(x) − x where losses are so rearranged."""
    up = ar.sub(softplus(ar, p.x), p.x) if by_difference else softplus(ar, -p.x)
    factor = ar.mul(ar.mul(rate(ar, p), p.weight), label(ar, p))
    return _shared(ar, p, "pos_weight", ar.mul(factor, up))


def _minus_logs(ar, p, complement):
    inner = ar.log(ar.sub(1.0, p.x)) if complement else ar.log1p(-p.x)
    return -ar.log(p.x), -inner


def _weighted(ar, weight, value):
    """weight·value with 0·inf = 0, as xlogy and guarded products have it."""
    return np.where(weight == 0, 0, ar.mul(weight, value))


def binary_probs(ar, p, complement=False):
    up, down = _minus_logs(ar, p, complement)
    y = label(ar, p)
    return reduced(ar, p, ar.add(_weighted(ar, y, up), _weighted(ar, ar.sub(1.0, y), down)))


def binary_probs_by_complement(ar, p):
    return binary_probs(ar, p, complement=True)


def binary_probs_vjp_by_parts(ar, p):
    """(1 − y)/(1 − p) − y/p."""
    y = label(ar, p)
    down = ar.div(ar.sub(1.0, y), ar.sub(1.0, p.x))
    return ar.mul(ar.sub(down, ar.div(y, p.x)), rate(ar, p))


def binary_probs_vjp_by_quotient(ar, p):
    """(p − y)/(p(1 − p))."""
    slope = ar.div(ar.sub(p.x, label(ar, p)), ar.mul(p.x, ar.sub(1.0, p.x)))
    return ar.mul(slope, rate(ar, p))


def binary_probs_vjp_rate_first(ar, p):
    """g/N·(1 − y)/(1 − p) − g/N·y/p, the rate multiplied with the labels first."""
    up, down = (ar.mul(rate(ar, p), y) for y in (label(ar, p), ar.sub(1.0, label(ar, p))))
    return ar.sub(ar.div(down, ar.sub(1.0, p.x)), ar.div(up, p.x))


def binary_probs_hvp_by_parts(ar, p):
    """(1 − y)/(1 − p)/(1 − p) + y/p/p."""
    q = ar.sub(1.0, p.x)
    down = ar.div(ar.div(ar.sub(1.0, label(ar, p)), q), q)
    slope = ar.add(down, ar.div(ar.div(label(ar, p), p.x), p.x))
    return ar.mul(ar.mul(slope, rate(ar, p)), p.direction)


def binary_probs_hvp_by_quotient(ar, p):
    """1/(p(1 − p)) − (p − y)(1 − 2p)/(p(1 − p))²: the textbook's gradient, derived again."""
    both = ar.mul(p.x, ar.sub(1.0, p.x))
    turn = ar.div(ar.mul(ar.sub(p.x, label(ar, p)), ar.sub(1.0, 2 * p.x)), both)
    slope = ar.div(ar.sub(1.0, turn), both)
    return ar.mul(ar.mul(slope, rate(ar, p)), p.direction)


def binary_probs_labels(ar, p, complement=True):
    up, down = _minus_logs(ar, p, complement)
    return ar.mul(_kept(ar, p, ar.sub(up, down)), rate(ar, p))


def _effective(ar, p):
    """A as it is computed: w((1 − α)q + α/C)."""
    alpha, n = p.option("label_smoothing", 0.0), p.x.shape[-1]
    if p.soft:
        q = p.labels
    else:
        q = (p.labels[:, None] == np.arange(n)) * p.wide(1)
    if alpha:
        q = ar.add(ar.mul(ar.sub(1.0, alpha), q), ar.div(alpha, p.wide(n)))
    weight = p.option("weight")
    found = q if weight is None else ar.mul(q, p.widened(weight)[None])
    return np.where(p.kept[:, None], found, 0)


def classes(ar, p, tail=False):
    """−Σ A log p; an index picks one log p."""
    logs = -_log_softmax(ar, p.x, tail)
    terms = _weighted(ar, _effective(ar, p), logs)
    return reduced(ar, p, np.where(p.ignored, 0, ar.total(terms)))


def classes_mixed(ar, p):
    """(1 − α) of the loss of the label + α/C of the loss of all, where smoothed."""
    alpha = p.option("label_smoothing", 0.0)
    if not alpha:
        return classes(ar, p)
    logs = -_log_softmax(ar, p.x)
    weight = p.option("weight")
    given = np.ones(p.x.shape[-1], p.wide) if weight is None else p.widened(weight)
    q = p.labels if p.soft else (p.labels[:, None] == np.arange(p.x.shape[-1])) * p.wide(1)
    label = ar.total(_weighted(ar, ar.mul(q, given[None]), logs))
    smooth = ar.total(_weighted(ar, np.broadcast_to(given, logs.shape), logs))
    share = ar.div(alpha, p.wide(p.x.shape[-1]))
    losses = ar.add(ar.mul(ar.sub(1.0, alpha), label), ar.mul(share, smooth))
    return reduced(ar, p, np.where(p.ignored, 0, losses))


def classes_by_difference(ar, p):
    """logsumexp(x − x_y), w_y times; other labels as `classes`."""
    if p.soft or p.option("label_smoothing", 0.0):
        return classes(ar, p)
    places = np.where(p.kept, p.labels, 0)[:, None]
    moved = ar.sub(p.x, np.take_along_axis(p.x, places, axis=-1))
    rows = Shifted(ar, moved)
    weight = p.option("weight")
    given = np.ones(p.x.shape[-1], p.wide) if weight is None else p.widened(weight)
    whole = np.where(np.isfinite(rows.m), ar.add(rows.m, rows.log_S), np.inf)[:, 0]
    losses = ar.mul(given[places[:, 0]], whole)
    return reduced(ar, p, np.where(p.kept, losses, 0))


def _ignored(p, gradient):
    return np.where(p.ignored[:, None], 0, gradient)


def classes_vjp(ar, p, by_log=False):
    """(p ΣA − A)·rate."""
    A = _effective(ar, p)
    soft = softmax_by_log(ar, p) if by_log else _softmax(ar, p.x)
    mass = ar.mul(soft, ar.total(A, keepdims=True))
    return _ignored(p, ar.mul(rate(ar, p)[:, None], ar.sub(mass, A)))


def classes_vjp_through_log_softmax(ar, p):
    """g − e^(log p) Σg with g = −A·rate: autograd."""
    g = ar.mul(_effective(ar, p), -rate(ar, p)[:, None])
    return _ignored(p, _log_softmax_vjp(ar, softmax_by_log(ar, p), g))


def classes_vjp_by_jacobian(ar, p):
    """Σ_j (δ_ij − p_i)g_j with g = −A·rate."""
    g = ar.mul(_effective(ar, p), -rate(ar, p)[:, None])
    return _ignored(p, _along(ar, _log_jacobian(ar, softmax_by_log(ar, p)), g))


def classes_hvp(ar, p):
    factor = ar.mul(rate(ar, p)[:, None], ar.total(_effective(ar, p), keepdims=True))
    return _ignored(p, ar.mul(factor, _hessian(ar, softmax_by_log(ar, p), p.direction)))


def classes_hvp_by_matrix(ar, p, outer=True):
    soft = softmax_by_log(ar, p)
    matrix = _outer(ar, soft) if outer else _jacobian(ar, soft)
    factor = ar.mul(rate(ar, p)[:, None], ar.total(_effective(ar, p), keepdims=True))
    return _ignored(p, _along(ar, ar.mul(factor[:, :, None], matrix), p.direction))


def classes_labels(ar, p):
    alpha, weight = p.option("label_smoothing", 0.0), p.option("weight")
    given = np.ones(p.x.shape[-1], p.wide) if weight is None else p.widened(weight)
    factor = ar.mul(rate(ar, p)[:, None], ar.mul(ar.sub(1.0, alpha), given)[None])
    return _weighted(ar, factor, -_log_softmax(ar, p.x))


class _Through:
    """A problem whose x are logits that an adversary has made of it, capped and divided.

    `slope` is what a gradient by the logits is multiplied with, λL² is `beside` each loss.
    """

    def __init__(self, ar, p):
        self._of, W = p, p.projection.matrix
        terms = ar.mul(p.x[:, None, :], W[None])
        b, c, T = (p.option(name) for name in ("linear_bias", "softcap", "temperature"))
        z = ar.total(terms)
        z = z if b is None else ar.add(z, p.widened(b)[None])
        self.x, self.slope = z, np.ones_like(z)
        if c is not None:
            t = ar.fl(np.tanh(ar.div(z, c)), ar.b.eps)
            self.x, self.slope = ar.mul(c, t), ar.sub(1.0, ar.mul(t, t))
            self.bend = ar.mul(-2 / c, ar.mul(t, self.slope))
        if T is not None:
            self.x, self.slope = ar.div(self.x, T), ar.div(self.slope, T)
        v = ar.mul(p.widened(p.e.args["direction"])[:, None, :], W[None])
        self.along = ar.total(v)
        self.direction = self.along if p.logits is None else ar.mul(self.slope, self.along)

    def __getattr__(self, name):
        return getattr(self._of, name)

    def beside(self, ar):
        """λL², and 2λL."""
        L, size = logsumexp(ar, self), self.option("z_loss")
        kept = np.where(self.ignored, 0, L)
        return ar.mul(size, ar.mul(kept, kept)), ar.mul(2 * size, kept)

    def slopes(self, ar, by_log=False):
        """The gradient by the products."""
        found = classes_vjp(ar, self, by_log)
        if self.option("z_loss"):
            soft = ar.exp(ar.sub(self.x, logsumexp(ar, self)[:, None]))
            pull = ar.mul(rate(ar, self), self.beside(ar)[1])
            found = ar.add(found, ar.mul(pull[:, None], soft))
        changed = self.logits is not None
        return _ignored(self, ar.mul(self.slope, found) if changed else found)

    def bent(self, ar, form):
        """The second derivative by the products."""
        found, soft = form(ar, self), softmax_by_log(ar, self)
        if self.option("z_loss"):
            r, pull = rate(ar, self)[:, None], self.beside(ar)[1][:, None]
            mean = ar.total(ar.mul(soft, self.direction), keepdims=True)
            turned = ar.mul(pull, _hessian(ar, soft, self.direction))
            turned = ar.add(turned, ar.mul(2 * self.option("z_loss"), ar.mul(soft, mean)))
            found = ar.add(found, ar.mul(r, turned))
        if self.logits is None:
            return found
        found = ar.mul(self.slope, found)
        if not self.logits.cap:
            return found
        gradient = classes_vjp(ar, self)
        if self.option("z_loss"):
            pull = ar.mul(rate(ar, self), self.beside(ar)[1])
            gradient = ar.add(gradient, ar.mul(pull[:, None], _softmax(ar, self.x)))
        bend = (
            self.bend
            if self.option("temperature") is None
            else ar.div(self.bend, self.option("temperature"))
        )
        return ar.add(found, ar.mul(ar.mul(bend, self.along), gradient))


def through(form):
    """A form of the loss of logits, of logits that are products."""
    return lambda ar, p: form(ar, _Through(ar, p))


def by_logsumexp(ar, p):
    """log Σe^z − z_y, z_y a product of its own."""
    if p.soft or p.option("label_smoothing", 0.0) or p.logits or p.option("z_loss"):
        return classes(ar, _Through(ar, p))
    z, at = _Through(ar, p).x, _Through(ar, p).x
    rows, places = Shifted(ar, z), np.where(p.kept, p.labels, 0)[:, None]
    whole = ar.add(rows.m, rows.log_S)[:, 0]
    weight = p.option("weight")
    given = np.ones(z.shape[-1], p.wide) if weight is None else p.widened(weight)
    losses = ar.sub(whole, np.take_along_axis(at, places, -1)[:, 0])
    losses = ar.mul(given[places[:, 0]], losses)
    return reduced(ar, p, np.where(p.kept, losses, 0))


def back_to_rows(ar, p, by_log=False):
    """(p ΣA − A)·rate, times W."""
    slope = _Through(ar, p).slopes(ar, by_log)
    found = ar.total(ar.mul(slope[:, None, :], p.projection.matrix.T[None]))
    return _ignored(p, found)


def bent_to_rows(ar, p, form=classes_hvp):
    """The second derivative along v: H(v Wᵀ), times W."""
    bent = _Through(ar, p).bent(ar, form)
    return _ignored(p, ar.total(ar.mul(bent[:, None, :], p.projection.matrix.T[None])))


def apart_to_rows(ar, p):
    """Σ r p ΣA W − Σ r A W: the gradients of a logsumexp and of a label's logit."""
    if p.logits or p.option("z_loss"):
        return back_to_rows(ar, p)
    z, r, W = _Through(ar, p), rate(ar, p)[:, None], p.projection.matrix.T[None]
    A, soft = _effective(ar, z), _softmax(ar, z.x)
    mass = ar.mul(r, ar.mul(soft, ar.total(A, keepdims=True)))
    both = (ar.total(ar.mul(part[:, None, :], W)) for part in (mass, ar.mul(r, A)))
    return _ignored(p, ar.sub(*both))


def back_to_matrix(ar, p, by_log=False):
    """Σ over rows of the slopes by each number of a row."""
    slope = _Through(ar, p).slopes(ar, by_log)
    return ar.total(ar.mul(slope.T[:, None, :], np.where(p.ignored[:, None], 0, p.x).T[None]))


def back_to_bias(ar, p, by_log=False):
    return ar.total(_Through(ar, p).slopes(ar, by_log).T)


def _class_rows(ar, p):
    """−a_ic log p_ic, a = A/w as it is computed."""
    alpha, n = p.option("label_smoothing", 0.0), p.x.shape[-1]
    q = p.labels if p.soft else (p.labels[:, None] == np.arange(n)) * p.wide(1)
    if alpha:
        q = ar.add(ar.mul(ar.sub(1.0, alpha), q), ar.div(alpha, p.wide(n)))
    q = np.where(p.kept[:, None], q, 0)
    return _weighted(ar, q, -_log_softmax(ar, p.x))


def classes_weight(ar, p, squared=False):
    """Σ_i r_i ℓ_ic, and of a mean of indices less L n_c g/W; or less g N n_c/W²."""
    found = ar.total(_weighted(ar, rate(ar, p)[:, None], _class_rows(ar, p)).T)
    if p.soft or p.e.reduction != "mean":
        return found
    losses = classes(ar, _each(ar, p))
    whole, N = _denominator(ar, p), ar.total(losses)
    mean = ar.div(N, ar.mul(whole, whole)) if squared else ar.div(ar.div(N, whole), whole)
    return ar.sub(found, ar.mul(ar.mul(mean, p.cotangent), p.hot.sum(axis=0) * p.wide(1)))


def _each(ar, p):
    """The same problem without its reduction."""
    e = p.e.but(options={**p.e.options, "reduction": "none"})
    return _Through(ar, type(p._of)(e)) if isinstance(p, _Through) else type(p)(e)


def classes_weight_by_rows(ar, p):
    """Σ_i r_i(ℓ_ic − L[y_i = c])."""
    if p.soft or p.e.reduction != "mean":
        return classes_weight(ar, p)
    less = np.where(p.hot, classes(ar, p), 0)
    return ar.total(ar.mul(rate(ar, p)[:, None], ar.sub(_class_rows(ar, p), less)).T)


def class_probs(ar, p):
    terms = _weighted(ar, _effective(ar, p), -ar.log(p.x))
    return reduced(ar, p, ar.total(terms))


def class_probs_vjp(ar, p):
    return ar.mul(rate(ar, p)[:, None], -ar.div(_effective(ar, p), p.x))


def class_probs_vjp_rate_first(ar, p):
    return -ar.div(ar.mul(rate(ar, p)[:, None], _effective(ar, p)), p.x)


def class_probs_hvp(ar, p, squared=False):
    """q/p/p, or q/p²."""
    q = _effective(ar, p)
    slope = ar.div(q, ar.mul(p.x, p.x)) if squared else ar.div(ar.div(q, p.x), p.x)
    return ar.mul(ar.mul(slope, rate(ar, p)[:, None]), p.direction)


def class_probs_labels(ar, p):
    return ar.mul(rate(ar, p)[:, None], -ar.log(p.x))


def negative_log_likelihood(ar, p):
    """w_y·(−x_y)."""
    return reduced(ar, p, np.where(p.ignored, 0, _weighted(ar, p.A, -p.x).sum(axis=-1)))


def negative_log_likelihood_vjp(ar, p):
    return -ar.mul(rate(ar, p)[:, None], p.A)


def _picked_rows(ar, p):
    return np.where(p.hot, -p.x, 0)


def picked_weight(ar, p, squared=False):
    """Σ_i r_i ℓ_ic, ℓ = −x at the label, and of a mean less L n_c g/W; or less g N n_c/W²."""
    found = ar.total(_weighted(ar, rate(ar, p)[:, None], _picked_rows(ar, p)).T)
    if p.e.reduction != "mean":
        return found
    whole, N = _denominator(ar, p), ar.total(negative_log_likelihood(ar, _each(ar, p)))
    mean = ar.div(N, ar.mul(whole, whole)) if squared else ar.div(ar.div(N, whole), whole)
    return ar.sub(found, ar.mul(ar.mul(mean, p.cotangent), p.hot.sum(axis=0) * p.wide(1)))


def picked_weight_by_rows(ar, p):
    """Σ_i r_i(ℓ_ic − L[y_i = c])."""
    if p.e.reduction != "mean":
        return picked_weight(ar, p)
    less = np.where(p.hot, negative_log_likelihood(ar, p), 0)
    return ar.total(ar.mul(rate(ar, p)[:, None], ar.sub(_picked_rows(ar, p), less)).T)


def _divided(ar, p):
    """The target y and log y, as they are computed."""
    if p.option("log_target", False):
        return ar.exp(p.labels), p.labels
    return p.labels, ar.log(p.labels)


def divergence(ar, p):
    """y(log y − x)."""
    y, log_y = _divided(ar, p)
    return reduced(ar, p, _weighted(ar, y, ar.sub(log_y, p.x)))


def divergence_expanded(ar, p):
    """y log y − y x."""
    y, log_y = _divided(ar, p)
    return reduced(ar, p, ar.sub(_weighted(ar, y, log_y), _weighted(ar, y, p.x)))


def divergence_vjp(ar, p):
    return -ar.mul(rate(ar, p), _divided(ar, p)[0])


def divergence_labels(ar, p, by_parts=False):
    """log y − x + 1, y times that of logarithms; y·(1/y) for the 1 if by parts."""
    y, log_y = _divided(ar, p)
    one = ar.mul(y, ar.div(1.0, y)) if by_parts else 1.0
    slope = ar.add(ar.sub(log_y, p.x), one)
    slope = ar.mul(y, slope) if p.option("log_target", False) else slope
    return ar.mul(rate(ar, p), slope)


def _focal_parts(ar, p):
    """z, a, and γ."""
    z, alpha = np.where(p.labels == 1, -p.x, p.x), p.option("alpha")
    a = 1.0 if alpha is None else np.where(p.labels == 1, alpha, ar.sub(1.0, alpha))
    return z, a, float(p.option("gamma", 2.0))


def _powered(ar, base, gamma):
    """base^γ as a library has it, relatively exact to eps."""
    if gamma in (0.0, 1.0):
        return base**gamma
    return np.where(base == 1, 1, ar.fl(base ** np.asarray(gamma, base.dtype), ar.b.eps))


def _one_minus_right(ar, z):
    """1 − p_t, p_t = σ(−z)."""
    return np.maximum(ar.sub(1.0, sigma(ar, -z)), 0)


def focal(ar, p, s=sigma):
    """a σ(z)^γ softplus(z)."""
    z, a, gamma = _focal_parts(ar, p)
    return reduced(ar, p, ar.mul(a, ar.mul(_powered(ar, s(ar, z), gamma), softplus(ar, z))))


def focal_by_logarithm(ar, p):
    """a e^(γ log σ(z)) softplus(z)."""
    z, a, gamma = _focal_parts(ar, p)
    power = ar.exp(ar.mul(gamma, -softplus(ar, -z)))
    return reduced(ar, p, ar.mul(a, ar.mul(power, softplus(ar, z))))


def _signed(ar, p, slope, a):
    sign = np.where(p.labels == 1, -1.0, 1.0)
    return ar.mul(rate(ar, p), sign * ar.mul(a, slope))


def focal_vjp(ar, p):
    """a σ^γ(σ + γ σ(−z) softplus(z))."""
    z, a, gamma = _focal_parts(ar, p)
    s = sigma(ar, z)
    inner = ar.add(s, ar.mul(gamma, ar.mul(sigma(ar, -z), softplus(ar, z))))
    return _signed(ar, p, ar.mul(_powered(ar, s, gamma), inner), a)


def focal_vjp_by_product_rule(ar, p):
    """σ^γ·|σ(x) − y| + softplus·γσ^(γ − 1)·σ(1 − σ), with 1 − p_t for σ in the powers."""
    z, a, gamma = _focal_parts(ar, p)
    f, s = _one_minus_right(ar, z), sigma(ar, z)
    first = ar.mul(_powered(ar, f, gamma), s)
    if not gamma:
        return _signed(ar, p, first, a)
    slope = ar.mul(s, np.maximum(ar.sub(1.0, s), 0))
    power = ar.mul(gamma, _powered(ar, f, gamma - 1))
    second = ar.mul(softplus(ar, z), ar.mul(power, slope))
    return _signed(ar, p, ar.add(first, second), a)


def focal_hvp(ar, p):
    """a σ^γ σ(−z)(γ(γσ(−z) − σ)softplus + (2γ + 1)σ)."""
    z, a, gamma = _focal_parts(ar, p)
    s, q = sigma(ar, z), sigma(ar, -z)
    turn = ar.mul(ar.mul(gamma, ar.sub(ar.mul(gamma, q), s)), softplus(ar, z))
    inner = ar.mul(q, ar.add(turn, ar.mul(2 * gamma + 1, s)))
    found = ar.mul(a, ar.mul(_powered(ar, s, gamma), inner))
    return ar.mul(ar.mul(rate(ar, p), p.direction), found)


def focal_hvp_by_product_rule(ar, p):
    """Each term of the chain rule by itself, with 1 − p_t for σ in the powers."""
    z, a, gamma = _focal_parts(ar, p)
    f, s, whole = _one_minus_right(ar, z), sigma(ar, z), softplus(ar, z)
    slope = ar.mul(s, np.maximum(ar.sub(1.0, s), 0))
    found = ar.mul(_powered(ar, f, gamma), slope)
    if gamma:
        power = ar.mul(gamma, ar.mul(_powered(ar, f, gamma - 1), slope))
        found = ar.add(found, ar.mul(2.0, ar.mul(power, s)))
        steep = ar.mul(gamma, ar.mul(_powered(ar, f, gamma - 2), ar.mul(slope, slope)))
        found = ar.add(found, ar.mul(whole, ar.mul(gamma - 1, steep)))
        turned = ar.mul(power, ar.sub(1.0, ar.mul(2.0, s)))
        found = ar.add(found, ar.mul(whole, turned))
    return ar.mul(ar.mul(rate(ar, p), p.direction), ar.mul(a, found))


def _pair(p):
    return p.x, p.widened(p.e.args["y"])


def logaddexp(ar, p, plain=False):
    """max + log1p(e^−|x − y|), or log(1 + ...)."""
    x, y = _pair(p)
    tail = ar.exp(-np.abs(ar.sub(x, y)))
    rest = ar.log(ar.add(1.0, tail)) if plain else ar.log1p(tail)
    return ar.add(np.maximum(x, y), rest)


def logaddexp_vjp(ar, p):
    """g σ(x − y)."""
    return ar.mul(p.cotangent, sigma(ar, ar.sub(*_pair(p))))


def logaddexp_vjp_by_complement(ar, p):
    x, y = _pair(p)
    return ar.mul(p.cotangent, one_minus_sigma(ar, ar.sub(y, x)))


def logaddexp_hvp(ar, p, complement=False):
    """g v σ(d)σ(−d), or with 1 − σ."""
    d = ar.sub(*_pair(p))
    s = sigma(ar, d)
    q = ar.sub(1.0, s) if complement else sigma(ar, -d)
    return ar.mul(ar.mul(p.cotangent, p.direction), ar.mul(s, q))


def _value_of(form):
    return lambda ar, p: form(ar, p.x)


def _mirrored(p):
    """The problem at −x."""
    return Problem(p.e.with_first(-p.e.x))


def _entry(logs, p):
    return np.take_along_axis(logs, p.e.labels[:, None], axis=-1)[:, 0]


#: (function, quantity): every form that must admits, the first of them the best one; strict
#: admits the best one only.
MUST = {
    ("sigmoid", "value"): [_value_of(sigma)],
    ("softplus", "value"): [
        _value_of(softplus),
        lambda ar, p: -log_sigmoid_by_log1p(ar, _mirrored(p)),
    ],
    ("softplus", "vjp"): [
        lambda ar, p: log_sigmoid_vjp_by_sigma(ar, _mirrored(p)),
        lambda ar, p: log_sigmoid_vjp_by_complement(ar, _mirrored(p)),
        lambda ar, p: log_sigmoid_vjp_by_parts(ar, _mirrored(p)),
    ],
    ("softplus", "hvp"): [
        lambda ar, p: -log_sigmoid_hvp_by_both(ar, p),
        lambda ar, p: -log_sigmoid_hvp_by_complement(ar, p),
    ],
    ("token_log_prob", "value"): [
        lambda ar, p: _entry(_log_softmax(ar, p.x), p),
        lambda ar, p: -classes_by_difference(ar, p),
    ],
    ("token_log_prob", "vjp"): [
        lambda ar, p: -classes_vjp(ar, p),
        lambda ar, p: -classes_vjp(ar, p, by_log=True),
        lambda ar, p: -classes_vjp_through_log_softmax(ar, p),
    ],
    ("token_log_prob", "hvp"): [
        lambda ar, p: -classes_hvp(ar, p),
        lambda ar, p: -classes_hvp_by_matrix(ar, p),
    ],
    ("entropy_with_logits", "value"): [
        entropy_by_distances,
        entropy_by_logs,
        lambda ar, p: entropy_by_logs(ar, p, by_log=False),
        entropy_of_probabilities,
    ],
    ("entropy_with_logits", "vjp"): [
        entropy_vjp_by_distances,
        entropy_vjp_by_both_paths,
        lambda ar, p: entropy_vjp_by_both_paths(ar, p, of_p=True),
        entropy_vjp_of_logs,
    ],
    ("entropy_with_logits", "hvp"): [
        entropy_hvp,
        entropy_hvp_by_product_rule,
        entropy_hvp_by_double_backward,
        entropy_hvp_of_logs,
        through_maximum(entropy_hvp_by_product_rule),
    ],
    ("log_sigmoid", "value"): [lambda ar, p: -softplus(ar, -p.x), log_sigmoid_by_log1p],
    ("softmax", "value"): [_value_of(_softmax), softmax_by_reciprocal, softmax_by_log],
    ("log_softmax", "value"): [_value_of(_log_softmax)],
    ("logsumexp", "value"): [logsumexp, logsumexp_by_logaddexp],
    ("binary_cross_entropy", "value"): [binary_probs, binary_probs_by_complement],
    ("binary_cross_entropy_with_logits", "value"): [
        binary_by_softplus,
        binary_by_maximum,
        binary_by_log_sigmoid,
    ],
    ("cross_entropy", "value"): [class_probs],
    ("cross_entropy_with_logits", "value"): [classes, classes_mixed, classes_by_difference],
    ("linear_cross_entropy", "value"): [
        through(classes),
        through(classes_mixed),
        through(classes_by_difference),
        by_logsumexp,
    ],
    ("linear_cross_entropy", "vjp"): [
        back_to_rows,
        lambda ar, p: back_to_rows(ar, p, by_log=True),
        apart_to_rows,
    ],
    ("linear_cross_entropy", "hvp"): [
        bent_to_rows,
        lambda ar, p: bent_to_rows(ar, p, classes_hvp_by_matrix),
        lambda ar, p: bent_to_rows(ar, p, lambda ar, z: classes_hvp_by_matrix(ar, z, outer=False)),
    ],
    ("linear_cross_entropy", "vjp_labels"): [through(classes_labels)],
    ("linear_cross_entropy", "vjp_weight"): [
        through(classes_weight),
        through(lambda ar, p: classes_weight(ar, p, squared=True)),
        through(classes_weight_by_rows),
    ],
    ("linear_cross_entropy", "vjp_linear_weight"): [
        back_to_matrix,
        lambda ar, p: back_to_matrix(ar, p, by_log=True),
    ],
    ("linear_cross_entropy", "vjp_linear_bias"): [
        back_to_bias,
        lambda ar, p: back_to_bias(ar, p, by_log=True),
    ],
    ("sigmoid_focal_loss", "value"): [
        focal,
        lambda ar, p: focal(ar, p, _one_minus_right),
        focal_by_logarithm,
    ],
    ("sigmoid_focal_loss", "vjp"): [focal_vjp, focal_vjp_by_product_rule],
    ("sigmoid_focal_loss", "hvp"): [focal_hvp, focal_hvp_by_product_rule],
    ("logaddexp", "value"): [logaddexp, lambda ar, p: logaddexp(ar, p, plain=True)],
    ("logaddexp", "vjp"): [logaddexp_vjp, logaddexp_vjp_by_complement],
    ("logaddexp", "hvp"): [
        logaddexp_hvp,
        lambda ar, p: logaddexp_hvp(ar, p, complement=True),
    ],
    ("kl_div", "value"): [divergence, divergence_expanded],
    ("kl_div", "vjp"): [divergence_vjp],
    ("kl_div", "vjp_labels"): [
        divergence_labels,
        lambda ar, p: divergence_labels(ar, p, by_parts=True),
    ],
    ("nll_loss", "value"): [negative_log_likelihood],
    ("nll_loss", "vjp"): [negative_log_likelihood_vjp],
    ("nll_loss", "vjp_weight"): [
        picked_weight,
        lambda ar, p: picked_weight(ar, p, squared=True),
        picked_weight_by_rows,
    ],
    ("sigmoid", "vjp"): [sigmoid_vjp_by_both, sigmoid_vjp_by_complement],
    ("log_sigmoid", "vjp"): [
        log_sigmoid_vjp_by_sigma,
        log_sigmoid_vjp_by_complement,
        log_sigmoid_vjp_by_parts,
    ],
    ("softmax", "vjp"): [
        softmax_vjp,
        softmax_vjp_expanded,
        softmax_vjp_apart,
        softmax_vjp_by_factors,
        softmax_vjp_by_jacobian,
        softmax_vjp_by_outer_product,
    ],
    ("log_softmax", "vjp"): [
        log_softmax_vjp_by_quotient,
        log_softmax_vjp,
        log_softmax_vjp_by_jacobian,
        lambda ar, p: log_softmax_vjp_by_jacobian(ar, p, by_log=False),
    ],
    ("logsumexp", "vjp"): [
        logsumexp_vjp,
        logsumexp_vjp_by_log,
        logsumexp_vjp_through_running_maxima,
    ],
    ("binary_cross_entropy", "vjp"): [
        binary_probs_vjp_by_parts,
        binary_probs_vjp_by_quotient,
        binary_probs_vjp_rate_first,
    ],
    ("binary_cross_entropy_with_logits", "vjp"): [binary_vjp_by_parts, binary_vjp_by_difference],
    ("cross_entropy", "vjp"): [class_probs_vjp, class_probs_vjp_rate_first],
    ("cross_entropy_with_logits", "vjp"): [
        classes_vjp,
        lambda ar, p: classes_vjp(ar, p, by_log=True),
        classes_vjp_through_log_softmax,
        classes_vjp_by_jacobian,
    ],
    ("sigmoid", "hvp"): [sigmoid_hvp_by_both, sigmoid_hvp_by_double_backward],
    ("log_sigmoid", "hvp"): [log_sigmoid_hvp_by_both, log_sigmoid_hvp_by_complement],
    ("softmax", "hvp"): [
        softmax_hvp,
        softmax_hvp_by_product_rule,
        softmax_hvp_by_jacobian,
        softmax_hvp_by_double_backward,
        through_maximum(softmax_hvp_by_product_rule),
    ],
    ("log_softmax", "hvp"): [
        log_softmax_hvp,
        log_softmax_hvp_by_matrix,
        through_maximum(log_softmax_hvp),
    ],
    ("logsumexp", "hvp"): [
        logsumexp_hvp,
        logsumexp_hvp_by_matrix,
        logsumexp_hvp_apart,
        through_maximum(logsumexp_hvp),
    ],
    ("binary_cross_entropy", "hvp"): [binary_probs_hvp_by_parts, binary_probs_hvp_by_quotient],
    ("cross_entropy", "hvp"): [
        class_probs_hvp,
        lambda ar, p: class_probs_hvp(ar, p, squared=True),
    ],
    ("binary_cross_entropy_with_logits", "hvp"): [binary_hvp_by_complement],
    ("cross_entropy_with_logits", "hvp"): [
        classes_hvp,
        classes_hvp_by_matrix,
        lambda ar, p: classes_hvp_by_matrix(ar, p, outer=False),
    ],
    ("binary_cross_entropy", "vjp_labels"): [binary_probs_labels],
    ("binary_cross_entropy_with_logits", "vjp_labels"): [binary_labels],
    ("cross_entropy", "vjp_labels"): [class_probs_labels],
    ("cross_entropy_with_logits", "vjp_labels"): [classes_labels],
    ("binary_cross_entropy_with_logits", "vjp_weight"): [
        binary_weight,
        lambda ar, p: binary_weight(ar, p, binary_by_maximum),
        lambda ar, p: binary_weight(ar, p, binary_by_log_sigmoid),
    ],
    ("binary_cross_entropy_with_logits", "vjp_pos_weight"): [
        binary_pos_weight,
        lambda ar, p: binary_pos_weight(ar, p, by_difference=True),
    ],
    ("cross_entropy_with_logits", "vjp_weight"): [
        classes_weight,
        lambda ar, p: classes_weight(ar, p, squared=True),
        classes_weight_by_rows,
    ],
}
#: The form that keeps the should bound, where it is another one than the first of `MUST`.
SHOULD = {
    ("log_softmax", "value"): lambda ar, p: _log_softmax(ar, p.x, tail=True),
    ("logsumexp", "value"): lambda ar, p: logsumexp(ar, p, tail=True),
    ("token_log_prob", "value"): lambda ar, p: _entry(_log_softmax(ar, p.x, tail=True), p),
    ("cross_entropy_with_logits", "value"): lambda ar, p: classes(ar, p, tail=True),
}


def forms(function, quantity, grade, level, fmt):
    """The forms that a bound has to admit: 16-bit sums one after the other are none."""
    key = (function, quantity)
    if level == "should":
        return [SHOULD.get(key, MUST[key][0])]
    if grade == "strict":
        return MUST[key][:1]
    return [f for f in MUST[key] if not (fmt.is_half and f is logsumexp_by_logaddexp)]
