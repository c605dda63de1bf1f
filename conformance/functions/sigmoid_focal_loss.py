"""ℓ = a (1 − p_t)^γ (−log p_t) of hard labels: the binary loss, less for what is already right.

p_t is σ(x) for y = 1 and σ(−x) for y = 0, so that with z, the logit of the wrong class,
ℓ = a σ(z)^γ softplus(z). a is α for y = 1 and 1 − α for y = 0, or 1 without α. Lin et al.,
arXiv:1708.02002.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.floats import Array
from conformance.functions import binary_cross_entropy_with_logits as loss
from conformance.model import Domain, Function, Quantity
from conformance.numerics import domain
from conformance.numerics.bounds.budget import Budget
from conformance.numerics.exact.binary import binary
from conformance.numerics.exact.focal import focals
from conformance.numerics.intermediates import Logistic
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem

#: σ from which on a power of it below 0 is a number of ordinary size, in every format.
_LEAST = 1 / 8


def _gamma(p: Problem) -> float:
    return float(p.option("gamma", 2.0))


@kept
def _wrong(p: Problem) -> Logistic:
    """σ and relatives at z."""
    return Logistic(np.where(p.labels == 1, -p.x, p.x))


@kept
def _share(p: Problem) -> Array:
    """a: α of positives, 1 − α of negatives."""
    alpha = p.option("alpha")
    if alpha is None:
        return np.ones_like(p.x)
    return np.where(p.labels == 1, p.wide(alpha), 1 - p.wide(alpha))


def _power(p: Problem, gamma: float) -> Array:
    """σ(z)^γ; 1 for γ = 0."""
    return np.ones_like(p.x) if gamma == 0 else _wrong(p).s ** p.wide(gamma)


def _wide(p: Problem) -> Array:
    return _share(p) * _power(p, _gamma(p)) * _wrong(p).plus


def _parts(p: Problem) -> tuple[Array, Array]:
    """The two terms of the slope: σ^γ σ, and γ σ^γ σ(−z) softplus(z)."""
    z, power = _wrong(p), _power(p, _gamma(p))
    return power * z.s, _gamma(p) * power * z.q * z.plus


def _wide_vjp(p: Problem) -> Array:
    sign = np.where(p.labels == 1, -1, 1)
    return p.rate * sign * _share(p) * sum(_parts(p))


def _wide_hvp(p: Problem) -> Array:
    z, gamma = _wrong(p), _gamma(p)
    bent = gamma * (gamma * z.q - z.s) * z.plus + (2 * gamma + 1) * z.s
    return p.rate * p.direction * _share(p) * _power(p, gamma) * z.q * bent


@kept
def _plain(p: Problem) -> Problem:
    """The binary loss of each element, its cotangents and directions 1."""
    ones, options = np.ones_like(p.e.x), {"reduction": "none"}
    return Problem(p.e.but(options=options, cotangent=ones, direction=ones), p.fmt)


def _relative(p: Problem, b: Budget, gamma: float) -> Array:
    """Relative error of σ^γ: e^r − 1, r = |γ|(2eps·min(1, 2q) + 4u + (c_d + 2)u|log σ|) + eps + u.

    For a power, or for e^(γ log σ).
    """
    z = _wrong(p)
    log_error = 2 * b.eps * np.minimum(1, 2 * z.q) + 4 * b.u
    log_error = log_error + (b.c_d + 2) * b.u * np.where(np.isfinite(z.minus), z.minus, 0)
    return np.expm1(np.minimum(abs(gamma) * log_error + b.eps + b.u, 40))


def _power_error(p: Problem, b: Budget, level: str, gamma: float) -> Array:
    """The error of a computed σ^γ; must, unless strict, admits (1 − p_t)^γ of a rounded p_t."""
    if gamma == 0:
        return np.zeros_like(p.x)
    exact, relative = _power(p, gamma), _relative(p, b, gamma)
    found = exact * relative
    if level == "should" or not b.stable:
        return found
    z = _wrong(p)
    moved = 5 * b.u + b.eps * z.s * z.q
    ends = [np.maximum(z.s + d, 0) ** p.wide(gamma) * (1 + relative) for d in (moved, -moved)]
    return np.maximum(found, np.maximum(*(np.abs(end - exact) for end in ends)))


def bound(p: Problem, b: Budget, level: str) -> Array:
    """a[σ^γ B + (ℓ₀ + B)Δ + 4uσ^γ ℓ₀] + a(2 + |z|), ℓ₀ and B of the binary loss, Δ of the power.

    should: Δ = σ^γ(e^r − 1), r = γ(2eps·min(1, 2q) + 4u + (c_d + 2)u|log σ|) + eps + u, the errors
    of σ(z) and of a power or e^(γ log σ). must, unless strict, admits 1 − p_t as σ(z), which errs
    by δ = 5u + eps·σ σ(−z): Δ is then at least the distance of (σ ± δ)^γ from σ^γ.
    """
    z, power = _wrong(p), _power(p, _gamma(p))
    plain, error = loss.bound(_plain(p), b, level), _power_error(p, b, level, _gamma(p))
    inner = power * plain + (z.plus + plain) * error + 4 * b.u * power * z.plus
    return _share(p) * inner + b.a * (2 + z.size)


def _composed(p: Problem, b: Budget) -> Array:
    """The error of γσ^(γ − 1)·σ(1 − σ)·ℓ₀ by automatic differentiation, factor by factor (must)."""
    if _gamma(p) == 0:
        return np.zeros_like(p.x)
    factors = (_powered(p, b, 1), _slope(p, b), (_wrong(p).plus, loss.bound(_plain(p), b, "must")))
    return _gamma(p) * _multiplied(*factors)[1]


#: The magnitude of a factor and its error.
_Factor = tuple[Array, Array]


def _powered(p: Problem, b: Budget, less: int) -> _Factor:
    """σ^(γ − less)."""
    gamma = _gamma(p) - less
    return _power(p, gamma), _power_error(p, b, "must", gamma)


def _slope(p: Problem, b: Budget) -> _Factor:
    """σ(1 − σ)."""
    z = _wrong(p)
    error = z.s * (z.q * (2 * b.eps + 6 * b.u) + z.s * (b.eps * z.q + 4 * b.u))
    return z.s * z.q, error


def _multiplied(*factors: _Factor) -> _Factor:
    """A product of factors, each with its own error."""
    exact, computed = (np.prod(each, axis=0) for each in zip(*((f, f + e) for f, e in factors)))  # noqa: B905
    return exact, computed - exact


def bound_vjp(p: Problem, b: Budget, level: str) -> Array:
    """±g a σ^γ(σ + γσ(−z)ℓ₀), both ≥ 0; should: relatively e^(r + 4eps + 12u + 2c_d u|z|σ(−z)) − 1.

    must, unless strict, adds the errors of σ^γ·(σ(x) − y) + γσ^(γ − 1)·σ(1 − σ)·ℓ₀ with each factor
    within its own bound, σ as 1 − p_t.
    """
    z, rate, (first, second) = _wrong(p), np.abs(p.rate), _parts(p)
    per = 4 * b.eps + 12 * b.u + 2 * b.c_d * b.u * z.finite * z.q
    per = np.log1p(_relative(p, b, _gamma(p))) + per
    inner = (first + second) * np.expm1(np.minimum(per, 40))
    if level != "should" and b.stable:
        slope, power = loss.bound_vjp(_plain(p), b, "must"), _power(p, _gamma(p))
        error = _power_error(p, b, "must", _gamma(p))
        inner = inner + power * slope + (z.s + slope) * error + _composed(p, b)
    return rate * _share(p) * inner + (1 + rate) * b.a * (2 + z.size)


def bound_hvp(p: Problem, b: Budget, level: str) -> Array:
    """g v a σ^γσ(−z)[γ(γσ(−z) − σ)ℓ₀ + (2γ + 1)σ]: e^(r + 6eps + 26u + 2c_d u|z|) − 1 of its terms.

    Unless strict, automatic differentiation is admitted, σ as 1 − p_t and each factor within its
    own bound, 8u for their products: σ^γ ℓ₀″, 2γσ^(γ − 1)κℓ₀′, |γ(γ − 1)|σ^(γ − 2)κ²ℓ₀ and
    γσ^(γ − 1)κ(1 − 2σ)ℓ₀, κ = σ(1 − σ). γ is 0 or at least 2, or σ > 1/8: σ^(γ − 2) may be ∞.
    """
    z, gamma = _wrong(p), _gamma(p)
    sizes = gamma * (gamma * z.q + z.s) * z.plus + (2 * gamma + 1) * z.s
    per = np.log1p(_relative(p, b, gamma)) + 6 * b.eps + 26 * b.u + 2 * b.c_d * b.u * z.finite
    inner = _power(p, gamma) * z.q * sizes * np.expm1(np.minimum(per, 40))
    for factor, parts in _parts_of_hvp(p, b) if b.stable else ():
        size, error = _multiplied(*parts)
        inner = inner + factor * (error + 8 * b.u * (size + error))
    rate, v = np.abs(p.rate), np.abs(p.direction)
    allowed = 4 * (1 + rate) * (1 + v) * b.a * (1 + gamma) ** 2 * (2 + z.size)
    return rate * v * _share(p) * inner + allowed


def _parts_of_hvp(p: Problem, b: Budget) -> Iterator[tuple[float, tuple[_Factor, ...]]]:
    """The terms of the second derivative by the product rule: a number, and factors."""
    z, gamma, plain = _wrong(p), _gamma(p), _plain(p)
    slope = _slope(p, b)
    yield 1, (_powered(p, b, 0), (slope[0], loss.bound_hvp(plain, b, "must")))
    if gamma:
        whole = z.plus, loss.bound(plain, b, "must")
        first, power = (z.s, loss.bound_vjp(plain, b, "must")), _powered(p, b, 1)
        turn = np.abs(z.q - z.s), 2 * b.eps * slope[0] + 8 * b.u
        yield 2 * gamma, (power, slope, first)
        yield gamma * abs(gamma - 1), (_powered(p, b, 2), slope, slope, whole)
        yield gamma, (power, slope, turn, whole)


def _settled(p: Problem) -> Array:
    hard = (p.labels == 0) | (p.labels == 1)
    return np.asarray(hard & np.isfinite(p.x))


def _smooth(p: Problem, settled: Array, second: bool) -> Array:
    """True where g·γ·ℓ₀ does not overflow before it is multiplied by σ(−z), however small.

    Of the second derivative g·v·γ²·ℓ₀, and σ > 1/8 unless γ = 0 or γ ≥ 2: σ^(γ − 2) has no limit
    at 0 else. So it is with σ^(γ − 1) of a gradient for 0 < γ < 1, where 1 − p_t may round to 0:
    σ ≤ 8u.
    """
    largest = np.maximum(np.abs(p.cotangent), 1) * max(_gamma(p), 1) * _wrong(p).size
    if second:
        largest = largest * np.maximum(np.abs(p.direction), 1) * max(_gamma(p), 1)
        bent = 0 < _gamma(p) < 2
        settled = settled & (_wrong(p).s > _LEAST) if bent else settled
    elif 0 < _gamma(p) < 1:
        settled = settled & (_wrong(p).s > 8 * p.fmt.u)
    within = settled & (largest <= p.fmt.largest / 4)
    return domain.smooth_elements(p, domain.of_factors(p, within, second), second)


def _plainly(x: Array, y: Array) -> Array | None:
    if y.shape != x.shape:
        return None
    z = np.where(y == 1, -x, x)
    return np.exp(-2 * np.logaddexp(0, -z)) * np.logaddexp(0, z)


FUNCTION = Function(
    name="sigmoid_focal_loss",
    arguments=("logits", "labels"),
    options=("reduction", "alpha", "gamma"),
    kind="loss",
    rowwise=False,
    quantities={
        "value": Quantity(
            "ℓ = a·(1 − p_t)^γ·(−log p_t), p_t = σ(x) or σ(−x)",
            binary("value", focals),
            _wide,
            bound,
            relative=True,
        ),
        "vjp": Quantity(
            "∂ℓ/∂x = ±a σ(z)^γ(σ(z) + γσ(−z)·softplus(z)), z = x or −x",
            binary("vjp", focals),
            _wide_vjp,
            bound_vjp,
            relative=True,
        ),
        "hvp": Quantity(
            "H v = g v a σ(z)^γσ(−z)[γ(γσ(−z) − σ(z))·softplus(z) + (2γ + 1)σ(z)], γ = 0 or γ ≥ 2",
            binary("hvp", focals),
            _wide_hvp,
            bound_hvp,
        ),
    },
    domain=Domain(settled=_settled, smooth=_smooth),
    range=(0.0, np.inf),
    hard=True,
    lean=True,
    short="focal",
    plainly=_plainly,
)
