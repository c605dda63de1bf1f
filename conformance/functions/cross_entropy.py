"""ℓ = −log p[y], or −Σ_c q_c log p_c, from probabilities, with 0·log 0 = 0."""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.functions import plain
from conformance.model import Domain, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.exact.losses import classes
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem


def _wide(p: Problem) -> Array:
    return xlogy_free(p.A, -np.log(p.x)).sum(axis=-1)


def _wide_vjp(p: Problem) -> Array:
    return p.rate[:, None] * -xlogy_free(p.A, 1 / p.x)


def _wide_hvp(p: Problem) -> Array:
    return p.rate[:, None] * p.direction * xlogy_free(p.A, 1 / p.x**2)


def _wide_labels(p: Problem) -> Array:
    return p.rate[:, None] * -np.log(p.x)


@kept
def _log_sizes(p: Problem) -> Array:
    return np.where(p.x > 0, np.abs(np.log(p.x)), 0)


def bound(p: Problem, b: Budget, level: str) -> Array:
    """−Σ q log p: (eps + 2u + θ) Σ|q log p| + a. p is an exact input; terms with q = 0 are 0."""
    terms = p.A * _log_sizes(p)
    size = terms.sum(axis=-1)
    # log p > 0 for p > 1 lets terms cancel, so θ is taken of magnitudes.
    reach = xlogy_free(p.A > 0, _log_sizes(p)).sum(axis=-1)
    return (b.eps + 2 * b.u + b.theta(terms)[:, 0]) * size + b.a * (1 + p.Q[:, 0] + reach)


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """−g q/p: 4u of its magnitude + a, and a/p: g q/N may underflow before it is divided by p."""
    rate = np.abs(p.rate)[:, None]
    reach = np.where((p.x > 0) & (p.A > 0), 1 / p.x, 0)
    return rate * 4 * b.u * xlogy_free(p.A, reach) + (1 + rate) * b.a * (1 + reach)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g v q/p²: 6u of its magnitude + a(1 + 1/p)², for the forms 1/p², (1/p)/p and (q/p)/p."""
    rate, v = np.abs(p.rate)[:, None], np.abs(p.direction)
    reach = np.where((p.x > 0) & (p.A > 0), 1 / p.x, 0)
    size = rate * v * xlogy_free(p.A, reach**2)
    return 6 * b.u * size + b.a * (1 + rate) * (1 + v) * (1 + reach) ** 2


def bound_labels(p: Problem, b: Budget, level: str) -> Array:
    """−g log p_c: (eps + 3u)|log p| + a."""
    rate = np.abs(p.rate)[:, None]
    return rate * (b.eps + 3 * b.u) * _log_sizes(p) + (1 + rate) * b.a


def _settled(p: Problem) -> Array:
    inside = (p.x >= 0) & np.isfinite(p.x)
    return np.asarray(inside.all(axis=-1) & domain.labels_fine(p) & (p.x.shape[-1] > 0))


def _finite(p: Problem) -> Array:
    """Losses that are finite; a should law is about the rest."""
    return np.asarray(~((p.x == 0) & (p.A > 0)).any(axis=-1))


def _without_mass(p: Problem) -> Array:
    return domain.without_mass(p, p.x == 0)


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    return np.asarray(settled[:, None] & (p.x >= domain.least_probability(p, second)))


FUNCTION = Function(
    name="cross_entropy",
    arguments=("probs", "labels"),
    options=("axis", "reduction"),
    kind="loss",
    rowwise=True,
    quantities={
        "value": Quantity("ℓ = −log p[y], or −Σ_c q_c log p_c", classes("value"), _wide, bound),
        "vjp": Quantity("∂ℓ/∂p_c = −q_c/p_c", classes("vjp"), _wide_vjp, bound_vjp),
        "hvp": Quantity("H v = g v_c q_c/p_c²", classes("hvp"), _wide_hvp, bound_hvp),
        "vjp_labels": Quantity(
            "∂ℓ/∂q_c = −log p_c", classes("vjp_labels"), _wide_labels, bound_labels
        ),
    },
    domain=Domain(settled=_settled, smooth=_smooth, contained=_finite, without_mass=_without_mass),
    short="ce",
    plainly=lambda x, y, axis: plain.per_label(np.log(x), y, axis),
)
