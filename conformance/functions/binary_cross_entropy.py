"""ℓ = −y log p − (1 − y) log(1 − p), from probabilities, with 0·log 0 = 0.

With label_smoothing s, y stands for (1 − s)y + s/2 everywhere.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.model import Domain, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.bounds.elementwise import of_smoothing
from conformance.numerics.curves import Curve
from conformance.numerics.exact.binary import binary
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.problem import Problem


def _wide(p: Problem) -> Array:
    return xlogy_free(p.share, -np.log(p.x)) + xlogy_free(p.rest, -np.log1p(-p.x))


def _wide_vjp(p: Problem) -> Array:
    return p.rate * (xlogy_free(p.rest, 1 / (1 - p.x)) - xlogy_free(p.share, 1 / p.x))


def _wide_hvp(p: Problem) -> Array:
    up, down = xlogy_free(p.share, 1 / p.x**2), xlogy_free(p.rest, 1 / (1 - p.x) ** 2)
    return p.rate * p.direction * (up + down)


def _wide_labels(p: Problem) -> Array:
    return p.rate * p.unsmoothed * (np.log1p(-p.x) - np.log(p.x))


def _logs(p: Problem) -> tuple[Array, Array]:
    return -np.log(p.x), -np.log1p(-p.x)


def bound(p: Problem, b: Budget, level: str) -> Array:
    """should: (eps + 4u)ℓ + a(1 + |log p|). must adds u(1 − y) for the rounding of 1 − p.

    p is an exact input. The form has two logarithms, two products and a sum; 1 − y rounds once. A
    smoothed label y is rounded before it is used: 4u(ℓ + y|∂ℓ/∂y|).
    """
    up, down = _logs(p)
    loss = xlogy_free(p.share, up) + xlogy_free(p.rest, down)
    sizes = np.where(np.isfinite(up), up, 0) + np.where(np.isfinite(down), down, 0)
    bound = (b.eps + 4 * b.u) * loss + (1 + sizes) * b.a
    bound = bound + of_smoothing(p, b, loss, np.abs(up - down))
    return bound if level == "should" else bound + b.u * p.rest


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """g ((1 − y)/(1 − p) − y/p): 6u of the sum of both magnitudes, + a for each factor.

    That includes g y/N, which may underflow before it is divided by p. A smoothed label adds 4u of
    both magnitudes and of y(1/p + 1/(1 − p)).
    """
    rate = np.abs(p.rate)
    up, down, reach = _slopes(p)
    slopes = 6 * b.u * (up + down) + of_smoothing(p, b, up + down, reach)
    return rate * slopes + (1 + rate) * b.a * (1 + reach)


def _slopes(p: Problem) -> tuple[Array, Array, Array]:
    """y/p, (1 − y)/(1 − p), and 1/p + 1/(1 − p) of what is not 0."""
    up, down = xlogy_free(p.share, 1 / p.x), xlogy_free(p.rest, 1 / (1 - p.x))
    return up, down, np.where(p.x > 0, 1 / p.x, 0) + np.where(p.x < 1, 1 / (1 - p.x), 0)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g v ((1 − y)/(1 − p)² + y/p²): 12u |g v| (y/p + (1 − y)/(1 − p))(1/p + 1/(1 − p)) + a….

    The product bounds every term of the derivative of (p − y)/(p(1 − p)), the form that cancels
    most. A smoothed label adds 4u(y/p + (1 − y)/(1 − p) + y(1/p + 1/(1 − p)))(1/p + 1/(1 − p)).
    """
    rate, v = np.abs(p.rate), np.abs(p.direction)
    up, down, reach = _slopes(p)
    slopes = 12 * b.u * (up + down) + of_smoothing(p, b, up + down, reach)
    return rate * v * slopes * reach + b.a * (1 + rate) * (1 + v) * (1 + reach) ** 2


def bound_labels(p: Problem, b: Budget, level: str) -> Array:
    """g (log(1 − p) − log p): (eps + 3u) of both magnitudes, + 2u for the rounding of 1 − p.

    (eps + 6u) of a smoothed label, for 1 − s.
    """
    up, down = _logs(p)
    rate, roundings = np.abs(p.rate), 6 if p.option("label_smoothing") else 3
    inner = p.unsmoothed * ((b.eps + roundings * b.u) * (up + down) + 2 * b.u)
    return rate * inner + (1 + rate) * b.a


def _settled(p: Problem) -> Array:
    labels = (p.labels >= 0) & (p.labels <= 1)
    return np.asarray(labels & (p.x >= 0) & (p.x <= 1))


def _finite(p: Problem) -> Array:
    """Losses that are finite; a should law is about the rest."""
    never = ((p.x == 0) & (p.share > 0)) | ((p.x == 1) & (p.rest > 0))
    return np.asarray(~never)


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    least = domain.least_probability(p, second)
    inside = settled & (p.x >= least) & (p.x < 1)
    return np.asarray(inside & (1 - p.x >= least) if second else inside)


def _plainly(x: Array, y: Array) -> Array | None:
    return -(y * np.log(x) + (1 - y) * np.log(1 - x)) if y.shape == x.shape else None


FUNCTION = Function(
    name="binary_cross_entropy",
    arguments=("probs", "labels"),
    options=("reduction", "label_smoothing"),
    kind="loss",
    rowwise=False,
    quantities={
        "value": Quantity(
            "ℓ = −y log p − (1 − y) log(1 − p)", binary("value"), _wide, bound, relative=True
        ),
        "vjp": Quantity("∂ℓ/∂p = (1 − y)/(1 − p) − y/p", binary("vjp"), _wide_vjp, bound_vjp),
        "hvp": Quantity("ℓ″v = g v ((1 − y)/(1 − p)² + y/p²)", binary("hvp"), _wide_hvp, bound_hvp),
        "vjp_labels": Quantity(
            "∂ℓ/∂y = log(1 − p) − log p", binary("vjp_labels"), _wide_labels, bound_labels
        ),
    },
    domain=Domain(settled=_settled, smooth=_smooth, contained=_finite),
    range=(0.0, np.inf),
    curves={
        "value": ((Curve("log_of_rest"),), (Curve("log"),)),
        "vjp": ((Curve("inverse_of_rest"),), (Curve("inverse", -1),)),
    },
    short="bce",
    operators={"binary_cross_entropy": "binary_cross_entropy(probs, labels, reduction='mean')"},
    plainly=_plainly,
)
