"""ℓ = y(log y − log p), the terms of KL(y‖p), from log p and y or log y, with 0·log 0 = 0.

The mean divides by the number of elements, as PyTorch's "mean" does.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.model import Domain, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.exact.binary import binary
from conformance.numerics.exact.divergences import divergences
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem


def _logarithms(p: Problem) -> bool:
    return bool(p.option("log_target", False))


@kept
def _target(p: Problem) -> tuple[Array, Array]:
    """The target y and log y."""
    if _logarithms(p):
        return np.exp(p.labels), p.labels
    return p.labels, np.log(p.labels)


def _wide(p: Problem) -> Array:
    y, log_y = _target(p)
    return np.where(y == 0, 0, y * (log_y - p.x))


def _wide_vjp(p: Problem) -> Array:
    return -p.rate * _target(p)[0]


def _wide_labels(p: Problem) -> Array:
    y, log_y = _target(p)
    slope = log_y - p.x + 1
    return p.rate * (xlogy_free(y, slope) if _logarithms(p) else slope)


@kept
def _sizes(p: Problem) -> tuple[Array, Array, Array]:
    """y, |log y| and |log p|, 0 for what is infinite."""
    y, log_y = _target(p)
    sizes = [np.where(np.isfinite(v), np.abs(v), 0) for v in (log_y, p.x)]
    return y, sizes[0], sizes[1]


def _of_target(p: Problem, b: Budget) -> Array:
    """The relative error of y: eps + (c_d − 1)u|t| for e^t, 0 for a y that is given."""
    if not _logarithms(p):
        return np.zeros_like(p.x)
    return b.eps + (b.c_d - 1) * b.u * _sizes(p)[1]


def bound(p: Problem, b: Budget, level: str) -> Array:
    """y(log y − x): (eps + 2u)y|log y| + 2u y|x| + u|ℓ| + a(2 + |log y| + |x|).

    For y(log y − x), or for y log y − y x, whose terms may cancel. With log_target, y = e^t errs by
    eps + (c_d − 1)u|t| and log y is exact. A subnormal y may be taken as 0.
    """
    y, log_y, log_p = _sizes(p)
    log_error = 0.0 if _logarithms(p) else b.eps
    whole = np.abs(np.where(np.isfinite(_wide(p)), _wide(p), 0))
    terms = y * ((log_error + 2 * b.u) * log_y + 2 * b.u * log_p) + b.u * whole
    return terms + _of_target(p, b) * y * (log_y + log_p) + b.a * (2 + log_y + log_p)


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """−g y: u for the product + a, and with log_target the error of e^t, eps + (c_d − 1)u|t|."""
    rate, y = np.abs(p.rate), _target(p)[0]
    return rate * y * (_of_target(p, b) + b.u) + (1 + rate) * b.a


def bound_labels(p: Problem, b: Budget, level: str) -> Array:
    """g(log y − x + 1): (eps + 3u)|log y| + 3u|x| + 4u; y times that, + u + e^t's, with log_target.

    The 1 is y/y, and the chain rule forms (g y)/y, where g y may lie below ω: a/y, but at most g.
    """
    rate, (y, log_y, log_p) = np.abs(p.rate), _sizes(p)
    size = log_y + log_p + 1
    factor, logs = (y, 0.0) if _logarithms(p) else (1, b.eps)
    roundings = (5 if _logarithms(p) else 4) * b.u
    inner = factor * (logs * log_y + (roundings + _of_target(p, b)) * size)
    with np.errstate(divide="ignore"):
        quotient = np.minimum(b.a / y, rate)
    return rate * inner + (1 + rate) * b.a * (1 + size) + (0 if _logarithms(p) else quotient)


def _settled(p: Problem) -> Array:
    t = p.labels
    within = t <= 0 if _logarithms(p) else (t >= 0) & (t <= 1)
    return np.asarray((p.x <= 0) & within)


def _without_mass(p: Problem) -> Array:
    """y = 0 where log y or log p is infinite: both forms compute 0·∞ there."""
    return np.asarray((_target(p)[0] == 0) & (np.isinf(p.x) | _logarithms(p)))


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    finite = np.isfinite(p.x) & np.isfinite(p.labels)
    return domain.of_factors(p, settled & finite, second)


def _plainly(x: Array, y: Array) -> Array | None:
    return y * (np.log(y) - x) if y.shape == x.shape else None


FUNCTION = Function(
    name="kl_div",
    arguments=("log_probs", "labels"),
    options=("reduction", "log_target"),
    kind="loss",
    rowwise=False,
    quantities={
        "value": Quantity(
            "ℓ = y(log y − log p), from log p", binary("value", divergences), _wide, bound
        ),
        "vjp": Quantity("∂ℓ/∂log p = −y", binary("vjp", divergences), _wide_vjp, bound_vjp),
        "vjp_labels": Quantity(
            "∂ℓ/∂y = log y − log p + 1; ∂ℓ/∂log y = y times that",
            binary("vjp_labels", divergences),
            _wide_labels,
            bound_labels,
        ),
    },
    domain=Domain(settled=_settled, smooth=_smooth, without_mass=_without_mass),
    range=(-np.inf, np.inf),
    lean=True,
    short="kl",
    operators={"kl_div": "kl_div(log_probs, labels, reduction='mean')"},
    plainly=_plainly,
)
