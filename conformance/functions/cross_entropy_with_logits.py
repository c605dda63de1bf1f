"""ℓ = −log softmax(x)[y], or −Σ_c q_c log softmax(x)_c, from logits.

Notation: m = max x, d = x − m, t = e^d, S = Σt = 1 + T, p = t/S; A the effective targets, Q = ΣA;
L = log Σe^x, λ = z_loss.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.functions import plain
from conformance.model import Domain, Example, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds import class_weights
from conformance.numerics.bounds import z_loss as z
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.bounds.rows import (
    hessian,
    log_p,
    others,
    spread_sizes,
    sum_theta,
    through_log,
    top,
)
from conformance.numerics.curves import LOG, LOG_REST, REST, SIGMA
from conformance.numerics.exact.losses import classes
from conformance.numerics.exact.weights import by_class
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem
from conformance.numerics.reference import centred, label_weight


def _wide(p: Problem) -> Array:
    losses = xlogy_free(p.A, -p.rows.log_p).sum(axis=-1)
    if p.option("z_loss"):
        losses = losses + p.pull * p.rows.lse / 2
    return np.where(p.ignored, 0, losses)


def _wide_vjp(p: Problem) -> Array:
    gradient = p.rate[:, None] * _p_minus_q(p)
    if p.option("z_loss"):
        gradient = gradient + (p.rate * p.pull)[:, None] * p.rows.p
    return np.where(p.ignored[:, None], 0, gradient)


def _p_minus_q(p: Problem) -> Array:
    """p ΣA − A; for a one-hot A without the cancellation of p_y − 1 at the label."""
    rows = p.rows
    plain = rows.p * p.Q - p.A
    if p.soft or p.option("label_smoothing", 0.0):
        return plain
    # At the label: −A·(Σ of the other probabilities), each relatively accurate.
    others = np.where(p.A > 0, 0, rows.p).sum(axis=-1, keepdims=True)
    return np.where(p.A > 0, -p.A * others, plain)


def _wide_hvp(p: Problem) -> Array:
    rate, soft = p.rate[:, None], p.rows.p
    product = rate * p.Q * soft * centred(soft, p.direction)
    if p.option("z_loss"):
        mean = 2 * p.wide(p.option("z_loss")) * p.rows.mean(p.direction)
        product = product + rate * soft * (mean + p.pull[:, None] * centred(soft, p.direction))
    return np.where(p.ignored[:, None], 0, product)


def _wide_labels(p: Problem) -> Array:
    return p.rate[:, None] * xlogy_free(label_weight(p), -p.rows.log_p)


def _class_terms(p: Problem, b: Budget, level: str) -> Array:
    """Σ_c A_c B_c, the errors of log p weighted by the targets; 0 where A_c = 0."""
    return xlogy_free(p.A, log_p(p, b, level)).sum(axis=-1)


@kept
def _class_sums(p: Problem, b: Budget) -> tuple[Array, Array, Array]:
    """ℓ = ΣA|log p|, θ of its terms, and Σ(|d| + log S) over the classes with A > 0."""
    terms = xlogy_free(p.A, -p.rows.log_p)
    loss = terms.sum(axis=-1)
    spread = b.theta(np.where(np.isfinite(terms), terms, 0))[:, 0]
    reach = xlogy_free(p.A > 0, p.rows.gap + p.rows.log_S).sum(axis=-1)
    return np.where(np.isfinite(loss), loss, 0), spread, reach


def _class_errors(p: Problem, b: Budget, level: str) -> Array:
    """a_c(B_c + (θ(t) + 6u)|log p_c|), a_c = A_c/w_c: the error of a class before its weight.

    θ(t), unless strict, as in the bound of the value.
    """
    spread = sum_theta(p, b) if b.stable else 0.0
    return xlogy_free(p.mass, log_p(p, b, level) + (spread + 6 * b.u) * p.rows.size)


def bound(p: Problem, b: Budget, level: str) -> Array:
    """Σ_c A_c B_c + (θ(A|log p|) + 6u)ℓ + a, B_c the bound of log p_c; terms with A_c = 0 are 0.

    must, unless strict, adds θ(t)ℓ for a logaddexp over x − x_y. A are the effective targets, with
    ℓ = −Σ A_c log p_c: w_y at the label, or (1 − α)·w·q + (α/C)·w of soft and smoothed labels.
    """
    size, spread, reach = _class_sums(p, b)
    weights = p.Q[:, 0]
    if level == "must" and b.stable:
        spread = spread + sum_theta(p, b)[:, 0]
    bound = _class_terms(p, b, level) + (spread + 6 * b.u) * size + z.added(p, b, size)
    return np.where(p.ignored, 0, bound + b.a * (1 + weights + reach))


@kept
def _mass(p: Problem) -> tuple[Array, Array]:
    """|p Q − A| and p Q."""
    mass = p.rows.p * p.Q
    return np.abs(mass - p.A), mass


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g(p Q − A), Q = ΣA: |g|[p Q(e_i + 4u) + 3u(A + p Q + |p Q − A|) + p Q θ(A)] + (1 + |g|)a.

    Where several classes have mass, unless strict, the error of summing (1 − p_i)A_i and all
    p_i A_j takes the place of p Q θ(A): the product with the Jacobian matrix of log_softmax.
    With label smoothing g α/C may be a number of its own, below ω, before the classes' weights w
    multiply it: (w_i + p_i Σw)a.
    should, for a one-hot label, is relative to the mass outside the label, which p_y − 1 loses.
    """
    rate = np.abs(p.rate)[:, None]
    difference, mass = _mass(p)
    spread = mass * b.theta(p.A)
    if b.stable and b.whole:
        sums = (p.A > 0).sum(axis=-1, keepdims=True) > 1
        spread = np.where(sums, b.theta_beside(others(p) * p.A, p.A, p.rows.p), spread)
    per = through_log(p, b) + 4 * b.u
    sizes = 3 * b.u * (p.A + mass + difference)
    bound = rate * (mass * per + sizes + spread) + (1 + rate) * (1 + p.Q) * b.a
    if p.option("label_smoothing"):
        bound = bound + (p.class_weight + p.rows.p * p.class_weight.sum()) * b.a
    bound = bound + z.pulled(p, b, rate)
    bound = bound + top(p, b, bound)
    return np.where(p.ignored[:, None], 0, bound)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g Q p_i(v_i − v̄): |g|Q p_i[(|v_i| + va)(e_i + θ(A)) + Σp w e + 8u(w_i + wa) + θ] + a…

    θ, w: as for logsumexp.
    """
    rate = np.abs(p.rate)[:, None]
    bound = hessian(p, b, rate * p.Q, b.theta(p.A)) + z.curved(p, b, rate)
    return np.where(p.ignored[:, None], 0, bound)


def _sizes(p: Problem, v: Array) -> Array:
    """|g|(p Q + A)."""
    sizes = _mass(p)[1] + p.A + p.rows.p * np.abs(p.pull)[:, None]
    return np.asarray(np.abs(p.rate)[:, None] * sizes)


def _bent_sizes(p: Problem, v: Array) -> Array:
    """|g|Q p_i(|v_i| + va)."""
    Q = p.Q + np.abs(p.pull)[:, None] + 2 * p.wide(p.option("z_loss") or 0)
    return np.asarray(np.abs(p.rate)[:, None] * Q * spread_sizes(p, v))


def bound_labels(p: Problem, b: Budget, level: str) -> Array:
    """−g (1 − α) w_c log p_c: the bound of log p_c, and 4u for the products."""
    rate, w = np.abs(p.rate)[:, None], np.abs(label_weight(p))
    product = xlogy_free(rate * w, log_p(p, b, level) + 4 * b.u * p.rows.size)
    return product + (1 + rate) * (1 + w) * b.a


def bound_weight(p: Problem, b: Budget, level: str) -> Array:
    """Σ_i r_i a_ic ℓ_ic − r L n_c, a = A/w, ℓ = −log p; L n_c of the mean of indices only.

    |r|Σ a(B + 6uℓ) + (θ(terms) + 3u + θ(w))Σ|terms| + |r| n_c(B_L + (5u + θ(w))L) + a…, where B is
    the bound of log p, B_L that of the mean and n_c the number of rows of class c. The error of
    W = Σw_y enters once with the numerator N, and once more with L through the W² that automatic
    differentiation of N/W forms.
    """
    return class_weights.bound(p, b, _class_errors(p, b, level))


def _settled(p: Problem) -> Array:
    fine = p.rows.settled & domain.labels_fine(p) & (p.x.shape[-1] > 0)
    return np.asarray(fine & ~domain.label_masked(p) | p.ignored)


def _attended(p: Problem) -> Array:
    return np.asarray(~p.ignored | p.rows.settled)


def _without_mass(p: Problem) -> Array:
    return domain.without_mass(p, ~(p.rows.log_p >= -p.fmt.largest))


def _contained(p: Problem) -> Array:
    """False where a stable form may overflow on its way to a finite loss.

    At a class near −2Ω with a small share of the label, w·|log p| or q·|log p| may overflow before
    it is multiplied by the other factor; so may Σ w|log p| before it is multiplied by α/C.
    """
    largest = p.fmt.largest
    factors = np.maximum(p.class_weight, 1) * (np.maximum(p.labels, 1) if p.soft else 1)
    usual = p.option("weight") is None and not (p.option("z_loss") or p.option("label_smoothing"))
    if usual and p.rows.gap.max(initial=0) * factors.max(initial=1) * p.classes <= largest:
        return np.ones(len(p.x), bool)
    far = (p.A > 0) & (p.rows.gap * factors > largest)
    with np.errstate(all="ignore"):
        finite = np.where(p.A > 0, p.A * p.rows.gap, 0).sum(axis=-1) <= largest
        divided = np.minimum(p.denominator, 1) if p.e.reduction == "mean" else 1
        smoothed = not p.option("label_smoothing") or p.class_sum / divided <= largest
    return np.asarray(~(far.any(axis=-1) & finite) & smoothed & ~_weightless(p) & _squared(p))


def _squared(p: Problem) -> Array:
    """Rows whose L² stays below Ω; z_loss multiplies it by λ."""
    if not p.option("z_loss"):
        return np.ones(len(p.x), bool)
    return np.asarray(~(p.rows.lse**2 > p.fmt.largest / 4) | p.ignored)


def _weightless(p: Problem) -> Array:
    """Rows with an excluded class of weight 0: the value of 0·log 0 is a convention there."""
    weight = p.option("weight")
    if weight is None:
        return np.zeros(len(p.x), bool)
    excluded = ~(p.rows.d >= -p.fmt.largest)
    return np.asarray((excluded & (np.asarray(weight) == 0)).any(axis=-1) & ~p.ignored)


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    fine = domain.of_factors(p, settled, second) & (domain.spread(p) | p.ignored)
    if p.option("z_loss"):  # e^(y − L), a usual derivative of L, means nothing where u|L| does not
        fine = fine & _squared(p) & (~(p.fmt.u * np.abs(p.rows.lse) > 1 / 20) | p.ignored)
    return np.asarray(fine)


def _another_convention(e: Example) -> bool:
    """The weighted mean of soft labels: PyTorch divides by rows, others by weights. A may law.

    Also weights beside z_loss, which only some programs multiply by them.
    """
    weighted = e.options.get("weight") is not None
    if weighted and e.options.get("z_loss"):
        return True
    return bool(e.labels.ndim == 2 and weighted and e.reduction == "mean")


FUNCTION = Function(
    name="cross_entropy_with_logits",
    arguments=("logits", "labels"),
    options=(
        "axis",
        "reduction",
        "weight",
        "ignore_index",
        "label_smoothing",
        "where",
        "temperature",
        "softcap",
        "z_loss",
    ),
    kind="loss",
    rowwise=True,
    quantities={
        "value": Quantity(
            "ℓ = −log softmax(x)[y], or −Σ_c q_c log softmax(x)_c",
            classes("value"),
            _wide,
            bound,
            relative=True,
        ),
        "vjp": Quantity(
            "∂ℓ/∂x = p Q − A, Q = ΣA", classes("vjp"), _wide_vjp, bound_vjp, sizes=_sizes
        ),
        "hvp": Quantity(
            "H v = g Q (diag p − ppᵀ)v", classes("hvp"), _wide_hvp, bound_hvp, sizes=_bent_sizes
        ),
        "vjp_labels": Quantity(
            "∂ℓ/∂q_c = −(1 − α)w_c log p_c", classes("vjp_labels"), _wide_labels, bound_labels
        ),
        "vjp_weight": Quantity(
            "∂ℓ/∂w_c = −Σᵢ a_ic log p_ic", by_class, class_weights.wide, bound_weight
        ),
    },
    domain=Domain(
        settled=_settled,
        smooth=_smooth,
        attended=_attended,
        contained=_contained,
        without_mass=_without_mass,
        denominator=lambda p: p.total(p.row_weight),
        another_convention=_another_convention,
    ),
    range=(0.0, np.inf),
    shift="keeps",
    curves={
        "value": ((-LOG,), (-LOG_REST,)),
        "vjp": ((-REST, REST), (SIGMA, -SIGMA)),
    },
    short="ce_logits",
    elsewhere=("cross_entropy", "cross_entropy_loss"),
    operators={
        "cross_entropy_loss": "cross_entropy_with_logits(logits, labels, weight, 1, -100, "
        "label_smoothing, axis=1, reduction='mean', ignore_index=-100)"
    },
    plainly=lambda x, y, axis: plain.per_label(x - plain.logsumexp(x, axis), y, axis),
)
