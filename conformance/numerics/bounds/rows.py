"""Bounds of softmax, log_softmax, logsumexp and the multi-class cross-entropies.

Each docstring is the derivation that `conformance spec` shows. Notation: m = max x, d = x − m,
t = e^d, S = Σt = 1 + T, p = t/S. u, eps, c_d, θ, a: `budget.SOURCES`.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.numerics.bounds.budget import Budget, second_order
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem
from conformance.numerics.reference import label_weight


@kept
def _theta(p: Problem, b: Budget) -> Array:
    """θ(t) of a softmax's sum."""
    return b.theta(p.rows.t)


@kept
def _sum_error(p: Problem, b: Budget) -> Array:
    """errS = [c_d u Σp|d| + eps T/S + θ(t) + 2 min(T/S, u)]: relative error of S, shape (R, 1).

    e^0 = 1 exactly in every library, so the error of exp carries the weight T/S (Lemma 3); 1 + T
    rounds (Lemma 4).
    """
    r = p.rows
    tail = r.T / r.S
    first = b.c_d * b.u * r.mean_gap + b.eps * tail + _theta(p, b) + 2 * np.minimum(tail, b.u)
    return second_order(first)


@kept
def _tail_error(p: Problem, b: Budget) -> Array:
    """errT = c_d u Σp|d| + (eps + θ(tail) + 2u) T/S + Σ min(tail, a): errS when log1p(T) is used.

    Each term of T may be lost below ω, at most itself and at most a.
    """
    r = p.rows
    lost = np.minimum(r.tail, b.a).sum(axis=-1, keepdims=True)
    rounded = (b.eps + b.theta(r.tail) + 2 * b.u) * r.T / r.S
    return second_order(b.c_d * b.u * r.mean_gap + rounded) + lost


@kept
def _direct(p: Problem, b: Budget) -> Array:
    """Relative error of t/S: c_d u|d| + eps[d < 0] + errS + 3u."""
    r = p.rows
    return b.c_d * b.u * r.gap + b.eps * (r.d < 0) + _sum_error(p, b) + 3 * b.u


@kept
def relative(p: Problem, b: Budget) -> Array:
    """e_i, the relative error of p_i by t/S or, unless strict, by e^(log p)."""
    if not b.stable:
        return _direct(p, b)
    r = p.rows
    through_log = b.u * r.gap + b.c_d * b.u * (r.gap + r.log_S) + b.eps * r.log_S
    through_log = through_log + _sum_error(p, b) + b.eps + 2 * b.u
    return np.maximum(_direct(p, b), through_log) + _anchor(p, b)


def _anchor(p: Problem, b: Budget) -> Array:
    """2u|m| where relaxed admits e^(x − lse); 8u more for a cheap log S."""
    if not b.anchored:
        return np.zeros_like(p.rows.m)
    return 2 * b.u * np.abs(p.rows.m) + 8 * b.u


def softmax(p: Problem, b: Budget, level: str) -> Array:
    """B = p_i e_i + a, e_i = c_d u|d_i| + eps[d_i < 0] + errS + 3u, or that of e^(log p).

    errS = c_d u Σp|d| + eps T/S + θ(t) + 2 min(T/S, u) is the relative error of S. The form
    e^(d − log S) costs u|d| + c_d u(|d| + log S) + eps·log S + errS + eps + 2u; standard admits
    both, strict the quotient only.
    """
    return p.rows.p * relative(p, b) + b.a


@kept
def log_softmax(p: Problem, b: Budget, level: str) -> Array:
    """B = c_d u|d_i| + u|y_i| + eps·log S + a + errS; should: errT = errS by log1p(T).

    1 + T rounds to 1 when T < u: the top entry, −log(1 + T), then has an absolute error u
    (must), none if log1p(T) is used (should).
    """
    r = p.rows
    size = np.where(np.isfinite(r.log_p), -r.log_p, 0)
    bound = b.c_d * b.u * r.gap + b.u * size + b.eps * r.log_S + b.a + _anchor(p, b)
    return bound + (_tail_error(p, b) if level == "should" else _sum_error(p, b))


def logsumexp(p: Problem, b: Budget, level: str) -> Array:
    """B = 2u|L| + eps·log S + a + errS (must) or errT (should), L = m + log S.

    Near L = 0 with m ≠ 0 only the absolute accuracy u(|m| + log S) exists. must, unless strict,
    adds θ(t)·max(|m|, |L|): a logaddexp applied over the row in any order rounds its partial
    results as a sum does, each time by u|L_k| or less than its increment.
    """
    r = p.rows
    size = np.where(np.isfinite(r.lse), np.abs(r.lse), 0)
    error = _tail_error(p, b) if level == "should" else _sum_error(p, b)
    rest = b.eps * r.log_S + error + _anchor(p, b)
    bound = 2 * b.u * size + rest[:, 0] + b.a
    if level == "should" or not b.stable:
        return bound
    reach = np.maximum(size, np.abs(np.where(np.isfinite(r.m), r.m, 0))[:, 0])
    return bound + _theta(p, b)[:, 0] * reach


def _top(p: Problem, b: Budget, per_entry: Array) -> Array:
    """Σ_j B_j at the maxima of a row: the shift's own derivative, exactly 0, formed by rounding."""
    if not b.stable:
        return np.zeros_like(per_entry)
    total = per_entry.sum(axis=-1, keepdims=True)
    return np.where(p.rows.d == 0, total, 0)


def softmax_vjp(p: Problem, b: Budget, level: str) -> Array:
    """p_i(g_i − ḡ), ḡ = Σp g: p_i[(|g_i| + ga)(e_i + 4u) + Σp|g|e + θ_i] + a…, ga = Σp|g|.

    θ_i is the error of a sum of |g_i| and all p_j|g_j|. Three forms keep it: p_i(g_i − ḡ);
    p_i g_i − p_i ḡ, whose two p_i may be rounded apart; and Σ_j p_i(δ_ij − p_j)g_j, of n rounded
    terms. strict keeps the first:
    p_i[|g_i − ḡ|(e_i + 2u) + 2u(|g_i| + ga) + Σp|g|e + (θ(p|g|) + u)ga] + a…
    An implementation that differentiates through its maximum adds Σ_j B_j at the maxima, where the
    shift's own derivative, exactly 0, is a sum of rounded numbers.
    """
    r, size, e = p.rows, np.abs(p.cotangent), relative(p, b)
    weighted = r.p * size
    ga, total = (t.sum(axis=-1, keepdims=True) for t in (weighted, size))
    inner = (_apart if b.stable else _centred)(p, b, weighted)
    inner = inner + xlogy_free(weighted, e).sum(axis=-1, keepdims=True)
    bound = r.p * inner + b.a * (1 + size + ga + r.p * total)
    if b.stable:
        small = np.minimum(weighted, b.least).sum(axis=-1, keepdims=True)
        matrix = np.minimum(b.least * total, r.p * ga) + _underflow(p, b, r.p * ga)
        bound = bound + r.p * small + matrix
    return bound + _top(p, b, bound)


def _centred(p: Problem, b: Budget, weighted: Array) -> Array:
    """What g_i − ḡ and its product with p_i cost, without the errors of p in ḡ."""
    size, ga = np.abs(p.cotangent), weighted.sum(axis=-1, keepdims=True)
    centre = p.cotangent - xlogy_free(p.rows.p, p.cotangent).sum(axis=-1, keepdims=True)
    inner = np.abs(centre) * (relative(p, b) + 2 * b.u) + 2 * b.u * (size + ga)
    return np.asarray(inner + (b.theta(weighted) + b.u) * ga)


def _apart(p: Problem, b: Budget, weighted: Array) -> Array:
    """The same for p_i g_i and p_i ḡ apart, and for the row of a Jacobian matrix."""
    size, ga = np.abs(p.cotangent), weighted.sum(axis=-1, keepdims=True)
    spread = b.theta_beside(size, weighted, np.ones_like(ga))
    return np.asarray((size + ga) * (relative(p, b) + 4 * b.u) + spread)


def _underflow(p: Problem, b: Budget, sizes: Array) -> Array:
    """What n products of these sizes in all may lose below ω (Lemma 6)."""
    return np.minimum(b.least * p.x.shape[-1], sizes)


def log_softmax_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g_i − p_i G, G = Σg: u(|g_i| + |y_i|) + p_i|G|(e_i + 4u) + θ_i + u(|g_i| + p_iΣ|g|) + a(1 + Σ|g|).

    θ_i is the error of a sum of (1 − p_i)|g_i| and all p_i|g_j|, as the product with the Jacobian
    matrix, Σ_j (δ_ij − p_i)g_j, has it. strict, which keeps g_i − p_i G, has p_iΣ|g|(θ(|g|) + u) for
    the last two terms.
    """  # noqa: E501
    r, g, size = p.rows, p.cotangent, np.abs(p.cotangent)
    G, total = (t.sum(axis=-1, keepdims=True) for t in (g, size))
    bound = b.u * (size + np.abs(g - r.p * G)) + r.p * np.abs(G) * (_through_log(p, b) + 4 * b.u)
    bound = bound + r.p * total * b.u + b.a * (1 + total)
    if b.stable:
        spread = b.theta_beside(_others(p) * size, size, r.p)
        bound = bound + spread + b.u * size + _underflow(p, b, r.p * total)
    else:
        bound = bound + r.p * total * b.theta(size)
    return bound + _top(p, b, bound)


def _others(p: Problem) -> Array:
    """1 − p."""
    return np.maximum(1 - p.rows.p, 0)


@kept
def _through_log(p: Problem, b: Budget) -> Array:
    """Relative error of e^(computed log p): the backward pass of log_softmax, at any grade."""
    r = p.rows
    argument = b.u * r.gap + b.c_d * b.u * (r.gap + r.log_S) + b.eps * r.log_S
    through = argument + _sum_error(p, b) + b.eps + 2 * b.u + _anchor(p, b)
    return np.maximum(through, _direct(p, b))


def logsumexp_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g p: |g|(p_i(e_i + u) + a) + a.

    e^(x − lse) costs u|m| more and is admitted by relaxed only.
    """
    g = np.abs(p.cotangent)[:, None]
    bound = g * p.rows.p * (_through_log(p, b) + 2 * b.u) + b.a * (1 + g)
    return bound + _top(p, b, bound)


def _class_terms(p: Problem, b: Budget, level: str) -> Array:
    """Σ_c A_c B_c, the errors of log p weighted by the targets; 0 where A_c = 0."""
    return xlogy_free(p.A, log_softmax(p, b, level)).sum(axis=-1)


@kept
def _class_sums(p: Problem, b: Budget) -> tuple[Array, Array, Array]:
    """ℓ = ΣA|log p|, θ of its terms, and Σ(|d| + log S) over the classes with A > 0."""
    terms = xlogy_free(p.A, -p.rows.log_p)
    loss = terms.sum(axis=-1)
    spread = b.theta(np.where(np.isfinite(terms), terms, 0))[:, 0]
    reach = xlogy_free(p.A > 0, p.rows.gap + p.rows.log_S).sum(axis=-1)
    return np.where(np.isfinite(loss), loss, 0), spread, reach


def class_errors(p: Problem, b: Budget, level: str) -> Array:
    """a_c(B_c + (θ(t) + 6u)|log p_c|), a_c = A_c/w_c: what one class may err by before its weight.

    θ(t), unless strict, as in `ce_logits`.
    """
    size = np.where(np.isfinite(p.rows.log_p), -p.rows.log_p, 0)
    spread = _theta(p, b) if b.stable else 0.0
    return xlogy_free(p.mass, log_softmax(p, b, level) + (spread + 6 * b.u) * size)


def ce_logits(p: Problem, b: Budget, level: str) -> Array:
    """Σ_c A_c B_c + (θ(A|log p|) + 6u)ℓ + a, with B_c the bound of log p_c; A_c = 0 counts 0.

    must, unless strict, adds θ(t)ℓ: the form logaddexp over x − x_y. A is the effective target:
    w_y at the label, or (1 − α)·w·q + (α/C)·w for soft and smoothed labels, so that
    ℓ = −Σ A_c log p_c.
    """
    size, spread, reach = _class_sums(p, b)
    weights = p.Q[:, 0]
    if level == "must" and b.stable:
        spread = spread + _theta(p, b)[:, 0]
    bound = _class_terms(p, b, level) + (spread + 6 * b.u) * size
    return np.where(p.ignored, 0, bound + b.a * (1 + weights + reach))


@kept
def _mass(p: Problem) -> tuple[Array, Array]:
    """|p Q − A| and p Q."""
    mass = p.rows.p * p.Q
    return np.abs(mass - p.A), mass


def ce_logits_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g(p Q − A), Q = ΣA: |g|[p Q(e_i + 4u) + 3u(A + p Q + |p Q − A|) + p Q θ(A)] + (1 + |g|)a.

    Of several classes with mass, unless strict, a sum of (1 − p_i)A_i and all p_i A_j in place of
    p Q θ(A): the product with the Jacobian matrix of log_softmax. should, for a one-hot label:
    relative to the mass outside the label, which p_y − 1 forgets.
    """
    rate = np.abs(p.rate)[:, None]
    difference, mass = _mass(p)
    spread = mass * b.theta(p.A)
    if b.stable:
        sums = (p.A > 0).sum(axis=-1, keepdims=True) > 1
        spread = np.where(sums, b.theta_beside(_others(p) * p.A, p.A, p.rows.p), spread)
    per = _through_log(p, b) + 4 * b.u
    sizes = 3 * b.u * (p.A + mass + difference)
    bound = rate * (mass * per + sizes + spread) + (1 + rate) * (1 + p.Q) * b.a
    bound = bound + _top(p, b, bound)
    return np.where(p.ignored[:, None], 0, bound)


def _hessian(p: Problem, b: Budget, factor: Array) -> Array:
    """|factor|·p_i(v_i − v̄): the bound of the softmax vjp with errors counted as 3e_i + 12u.

    Double backward passes through e^(log p) and through the derivative of the centring sum. Unless
    strict, the product with the matrix diag p − ppᵀ is admitted, as for softmax.
    """
    r, size = p.rows, np.abs(p.direction)
    va, total = ((w * size).sum(axis=-1, keepdims=True) for w in (r.p, np.ones_like(r.p)))
    e = 3 * _through_log(p, b) + 12 * b.u
    product = r.p * (size + va)
    mean = xlogy_free(product, e).sum(axis=-1, keepdims=True)
    spread = 2 * b.theta(product) * va
    if b.stable:
        spread = np.maximum(spread, b.theta_beside(size, r.p * size, np.ones_like(va)))
    bound = factor * (product * e + r.p * (mean + spread))
    bound = bound + b.a * (1 + factor) * (1 + size + va + r.p * total)
    if b.stable:
        matrix = np.minimum(b.least * total, r.p * va) + 2 * _underflow(p, b, r.p * va)
        bound = bound + (1 + factor) * matrix
    return bound + _top(p, b, bound)


def ce_logits_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g Q p_i(v_i − v̄): |g|Q p_i[(|v_i| + va)(3e_i + 12u) + Σp(|v| + va)(3e + 12u) + 2θ va] + a…"""
    factor = np.abs(p.rate)[:, None] * p.Q
    return np.where(p.ignored[:, None], 0, _hessian(p, b, factor))


def logsumexp_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g p_i(v_i − v̄): 3e_i + 12u of its magnitudes, as cross-entropy's Hessian with Q = 1."""
    return _hessian(p, b, np.abs(p.cotangent)[:, None])


def log_softmax_hvp(p: Problem, b: Budget, level: str) -> Array:
    """−G p_i(v_i − v̄), G = Σg: 3e_i + 12u of its magnitudes, with Σ|g| for the error of G."""
    return _hessian(p, b, np.abs(p.cotangent).sum(axis=-1, keepdims=True))


def softmax_hvp(p: Problem, b: Budget, level: str) -> Array:
    """p_i[(v_i − v̄)(g_i − ḡ) − cov(v, g)]: magnitudes times 3e_i + 12u + θ.

    Magnitudes: p_i[(|v_i| + va)(|g_i| + ga) + Σp(|v| + va)(|g| + ga)].
    """
    r = p.rows
    g, v = np.abs(p.cotangent), np.abs(p.direction)
    ga = (r.p * g).sum(axis=-1, keepdims=True)
    va = (r.p * v).sum(axis=-1, keepdims=True)
    sizes = (v + va) * (g + ga)
    weighted = r.p * sizes
    e = 3 * relative(p, b) + 3 * _through_log(p, b) + 12 * b.u
    theta = 3 * (b.theta(r.p * g) + b.theta(r.p * v) + b.theta(weighted))
    mean = xlogy_free(weighted, e).sum(axis=-1, keepdims=True)
    total = weighted.sum(axis=-1, keepdims=True)
    bound = weighted * (e + theta) + r.p * (mean + theta * total)
    reach = (1 + g) * (1 + v) + sizes + r.p * (g.sum(-1, keepdims=True) + v.sum(-1, keepdims=True))
    bound = bound + b.a * reach * (1 + ga) * (1 + va)
    if b.stable:  # the derivative of the Jacobian matrix, entry by entry, below ω
        G, n = g.sum(-1, keepdims=True), p.x.shape[-1]
        lost = (v.sum(-1, keepdims=True) + n) * (g + ga + r.p * G) + 2 * G + n
        bound = bound + np.minimum(b.least * lost, weighted + r.p * total)
    return bound + _top(p, b, bound)


@kept
def _log_sizes(p: Problem) -> Array:
    return np.where(p.x > 0, np.abs(np.log(p.x)), 0)


def ce_probs(p: Problem, b: Budget, level: str) -> Array:
    """−Σ q log p: (eps + 2u + θ) Σ|q log p| + a. p is an exact input; terms with q = 0 count 0."""
    terms = p.A * _log_sizes(p)
    size = terms.sum(axis=-1)
    # log p > 0 for p > 1 lets terms cancel, so θ is taken of magnitudes.
    reach = xlogy_free(p.A > 0, _log_sizes(p)).sum(axis=-1)
    return (b.eps + 2 * b.u + b.theta(terms)[:, 0]) * size + b.a * (1 + p.Q[:, 0] + reach)


def ce_probs_vjp(p: Problem, b: Budget, level: str) -> Array:
    """−g q/p: 4u of its magnitude + a."""
    rate = np.abs(p.rate)[:, None]
    reach = np.where(p.x > 0, 1 / p.x, 0)
    return rate * (4 * b.u * xlogy_free(p.A, reach) + b.a * reach * (p.A > 0)) + (1 + rate) * b.a


def ce_logits_labels(p: Problem, b: Budget, level: str) -> Array:
    """−g (1 − α) w_c log p_c: the bound of log p_c and 4u of the product."""
    rate, w = np.abs(p.rate)[:, None], np.abs(label_weight(p))
    size = np.where(np.isfinite(p.rows.log_p), -p.rows.log_p, 0)
    product = xlogy_free(rate * w, log_softmax(p, b, level) + 4 * b.u * size)
    return product + (1 + rate) * (1 + w) * b.a


def ce_probs_labels(p: Problem, b: Budget, level: str) -> Array:
    """−g log p_c: (eps + 3u)|log p| + a."""
    rate = np.abs(p.rate)[:, None]
    return rate * (b.eps + 3 * b.u) * _log_sizes(p) + (1 + rate) * b.a
