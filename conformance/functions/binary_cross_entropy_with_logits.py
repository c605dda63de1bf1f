"""ℓ = w·(−ρ·y log σ(x) − (1 − y) log σ(−x)), from logits.

With label_smoothing s, y stands for (1 − s)y + s/2 everywhere.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.model import Domain, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.bounds.elementwise import of_smoothing, unsaturated
from conformance.numerics.curves import LOG, LOG_REST, REST, SIGMA
from conformance.numerics.exact.binary import binary
from conformance.numerics.exact.weights import by_element
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.problem import Problem


def _wide(p: Problem) -> Array:
    z = p.logistic
    return xlogy_free(p.positive, z.minus) + xlogy_free(p.negative, z.plus)


def _wide_vjp(p: Problem) -> Array:
    return p.rate * (p.negative * p.logistic.s - p.positive * p.logistic.q)


def _wide_hvp(p: Problem) -> Array:
    z = p.logistic
    return p.rate * p.direction * (p.positive + p.negative) * z.s * z.q


def _wide_labels(p: Problem) -> Array:
    slope = p.weight * (p.pos_weight * p.logistic.minus - p.logistic.plus)
    return p.rate * p.unsmoothed * slope


def _shared_wide(p: Problem, option: str, terms: Array) -> Array:
    return terms if np.ndim(p.option(option)) else np.asarray(terms.sum())


def _wide_weight(p: Problem) -> Array:
    z, positive = p.logistic, p.pos_weight * p.share
    losses = xlogy_free(positive, z.minus) + xlogy_free(p.rest, z.plus)
    return _shared_wide(p, "weight", p.rate * losses)


def _wide_pos_weight(p: Problem) -> Array:
    return _shared_wide(p, "pos_weight", p.rate * xlogy_free(p.weight * p.share, p.logistic.minus))


def _spread(p: Problem) -> Array:
    """w (1 + |ρ − 1| y): the size of the terms that cancel in the rearranged loss."""
    return p.weight * (1 + np.abs(p.pos_weight - 1) * p.share)


def _scale(p: Problem) -> Array:
    """(1 + w)(1 + ρ): the factor by which weights may multiply the allowance a."""
    return (1 + p.weight) * (1 + p.pos_weight)


def bound(p: Problem, b: Budget, level: str) -> Array:
    """should: H = (2eps + (c_d − 1)u|x|) l (A₁ + A₀) + 5u ℓ + a, A₁ = wρy, A₀ = w(1 − y).

    must: H + 5u(|x| + l)·w(1 + |ρ − 1|y), for the forms max(x, 0) − x y + log1p and
    (1 − y)x − (1 + (ρ − 1)y) log σ(x), whose terms cancel for y = 0, x < 0 and for small ρ. In the
    second, (1 − y)x errs by 2u, the weight of log σ by u + 3u|ρ − 1|y, log σ and the product by u
    each. A smoothed label y is rounded before it is used: 4u(ℓ + y|∂ℓ/∂y|).
    """
    z = p.logistic
    loss = p.positive * z.minus + p.negative * z.plus
    weights = p.positive + p.negative
    bound = (2 * b.eps + (b.c_d - 1) * b.u * z.size) * z.l * weights + 5 * b.u * loss
    bound = bound + _scale(p) * (1 + z.size) * b.a
    bound = bound + of_smoothing(p, b, loss, p.weight * np.abs(p.pos_weight * z.minus - z.plus))
    return bound if level == "should" else bound + 5 * b.u * (z.size + z.l) * _spread(p)


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g (A₀ s − A₁ q). should: A₀ s and A₁ q to eps + 6u + c_d u·min(|x|, (p + 1) log 2) each.

    On the side where a term vanishes, 2c_d u|x| takes the place of the last summand. must adds
    w(1 + |ρ − 1|y)(eps·s q + 5u + u·min(|x|, (p + 1) log 2)·max(s, q)) and 5u A₁: the derivatives
    of the rearranged losses subtract numbers of that size, of which σ may be e^(|x| − softplus|x|),
    the derivative of a logaddexp. A smoothed label adds 4u(A₀ s + A₁ q + y·w(s + ρq)).
    """
    z, rate = p.logistic, np.abs(p.rate)
    seam, far = unsaturated(p, b), 2 * z.finite
    up = b.eps + 6 * b.u + b.c_d * b.u * np.where(p.x < 0, far, seam)
    down = b.eps + 6 * b.u + b.c_d * b.u * np.where(p.x < 0, seam, far)
    bound = p.negative * z.s * up + p.positive * z.q * down
    both = p.negative * z.s + p.positive * z.q
    bound = bound + of_smoothing(p, b, both, p.weight * (z.s + p.pos_weight * z.q))
    if level != "should":
        logaddexp = b.u * seam * np.maximum(z.s, z.q)
        bound = bound + _spread(p) * (b.eps * z.s * z.q + 5 * b.u + logaddexp)
        bound = bound + 5 * b.u * p.positive
    return rate * bound + (1 + rate) * _scale(p) * b.a


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g v (A₁ + A₀) s q, absolutely: |g v|·(W (s q (3eps + 8u + 2c_d u|x|) + 4u) + seams), W = A₁ + A₀.

    As for log_sigmoid, 1 − σ(x), 1 − σ(−x) and softplus by a logaddexp are admitted. A smoothed label
    adds 4u(W + y·w|ρ − 1|)s q.
    """  # noqa: E501
    z, rate, v = p.logistic, np.abs(p.rate), np.abs(p.direction)
    weights = p.positive + p.negative + _spread(p)
    product = z.s * z.q * (3 * b.eps + 8 * b.u + 2 * b.c_d * b.u * z.finite)
    absolute = 4 * b.u + b.c_d * b.u * unsaturated(p, b) * np.maximum(z.s, z.q)
    bent = np.abs(p.pos_weight - 1) * p.weight
    smoothed = of_smoothing(p, b, weights, bent) * z.s * z.q
    bound = weights * (product + absolute) + smoothed
    return rate * v * bound + 4 * (1 + rate) * (1 + v) * _scale(p) * b.a


def bound_labels(p: Problem, b: Budget, level: str) -> Array:
    """g w (ρ softplus(−x) − softplus(x)): both bounds, w(1 + ρ)(2eps·l + 6u(|x| + l)).

    The 1 − s of a smoothed label adds 3u(|x| + l) to the last factor.
    """
    z, rate = p.logistic, np.abs(p.rate)
    roundings = 9 if p.option("label_smoothing") else 6
    weight = p.unsmoothed * p.weight
    inner = (2 * b.eps + b.c_d * b.u * z.size) * z.l + roundings * b.u * (z.size + z.l)
    return rate * weight * (1 + p.pos_weight) * inner + (1 + rate) * _scale(p) * (1 + z.size) * b.a


def _shared(p: Problem, b: Budget, option: str, errors: Array, terms: Array) -> Array:
    """The error of each element, or of their sum if all share one weight."""
    if np.ndim(p.option(option)):
        return errors
    return np.asarray(errors.sum() + b.theta(terms[None])[0, 0] * terms.sum())


def bound_weight(p: Problem, b: Budget, level: str) -> Array:
    """r ℓ, ℓ the loss of weight 1: |r|(B of ℓ + 3uℓ) + a…; Σ of it, + θΣ|r|ℓ, if all share w."""
    plain, rate = _without(p, "weight"), np.abs(p.rate)
    losses = xlogy_free(plain.positive, p.logistic.minus) + plain.negative * p.logistic.plus
    allowance = (1 + rate) * (1 + p.pos_weight) * (1 + p.logistic.size) * b.a
    errors = rate * (bound(plain, b, level) + 3 * b.u * losses) + allowance
    return _shared(p, b, "weight", errors, rate * losses)


def bound_pos_weight(p: Problem, b: Budget, level: str) -> Array:
    """r w y softplus(−x): |r| w y (B of the loss at label 1 + 5u softplus(−x)) + a…; Σ as for w.

    + 4u of a smoothed label.
    """
    plain = Problem(p.e.but(labels=np.ones_like(p.e.labels), options={"reduction": "none"}), p.fmt)
    rate, factor = np.abs(p.rate), np.abs(p.rate) * p.weight * p.share
    terms = factor * p.logistic.minus
    allowance = (1 + rate) * (1 + p.weight) * (1 + p.logistic.size) * b.a
    roundings = 9 if p.option("label_smoothing") else 5
    errors = factor * bound(plain, b, level) + roundings * b.u * terms + allowance
    return _shared(p, b, "pos_weight", errors, terms)


def _without(p: Problem, option: str) -> Problem:
    """The same problem without an option."""
    return Problem(p.e.but(options={k: v for k, v in p.e.options.items() if k != option}))


def _settled(p: Problem) -> Array:
    labels = (p.labels >= 0) & (p.labels <= 1)
    return np.asarray(labels & np.isfinite(p.x))


def _contained(p: Problem) -> Array:
    """False where |ρ − 1|y|x| > Ω, or ρ|x|, a term of a finite loss that overflows."""
    largest = np.maximum(1 + np.abs(p.pos_weight - 1) * p.share, p.pos_weight)
    spread = np.maximum(p.weight, 1) * largest
    return np.asarray(spread * p.logistic.size <= p.fmt.largest)


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    return domain.smooth_elements(p, domain.of_factors(p, settled, second), second)


def _plainly(x: Array, y: Array) -> Array | None:
    return np.logaddexp(0, x) - x * y if y.shape == x.shape else None


FUNCTION = Function(
    name="binary_cross_entropy_with_logits",
    arguments=("logits", "labels"),
    options=("reduction", "weight", "pos_weight", "label_smoothing"),
    kind="loss",
    rowwise=False,
    quantities={
        "value": Quantity(
            "ℓ = w·(−ρ·y log σ(x) − (1 − y) log σ(−x))",
            binary("value"),
            _wide,
            bound,
            relative=True,
        ),
        "vjp": Quantity(
            "∂ℓ/∂x = w(1 − y)σ(x) − wρy σ(−x)",
            binary("vjp"),
            _wide_vjp,
            bound_vjp,
            relative=True,
        ),
        "hvp": Quantity("H v = g (A₁ + A₀)σ(x)σ(−x) v", binary("hvp"), _wide_hvp, bound_hvp),
        "vjp_labels": Quantity(
            "∂ℓ/∂y = w(ρ softplus(−x) − softplus(x))",
            binary("vjp_labels"),
            _wide_labels,
            bound_labels,
        ),
        "vjp_weight": Quantity(
            "∂ℓ/∂w = ρ y softplus(−x) + (1 − y) softplus(x)",
            by_element("weight"),
            _wide_weight,
            bound_weight,
        ),
        "vjp_pos_weight": Quantity(
            "∂ℓ/∂ρ = w y softplus(−x)",
            by_element("pos_weight"),
            _wide_pos_weight,
            bound_pos_weight,
        ),
    },
    domain=Domain(settled=_settled, smooth=_smooth, contained=_contained),
    range=(0.0, np.inf),
    curves={
        "value": ((-LOG_REST,), (-LOG,)),
        "vjp": ((SIGMA,), (-REST,)),
    },
    short="bce_logits",
    operators={
        "binary_cross_entropy_with_logits": "binary_cross_entropy_with_logits(logits, labels, "
        "weight, pos_weight, 1, reduction='mean')"
    },
    plainly=_plainly,
)
