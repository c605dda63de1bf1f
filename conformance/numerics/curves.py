"""The exact functions of one variable that are swept, as Taylor series with a proven error.

Every swept quantity is ±g(x) or ±g(−x) for one of seven base functions g. `Curve.series` gives the
Taylor coefficients of a curve at many points in float64; the first is the value itself, within
2^-50 relatively. `Curve.remainder` bounds what a truncated series leaves out (docs/sweep.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import factorial
from typing import Literal

import numpy as np

from conformance.floats import Array
from conformance.numerics import nodes

#: The value of a series: |computed − exact| <= VALUE·|exact|.
VALUE = 2.0**-50
#: |P_k(q)| on [0, ½] for k <= 8 (docs/sweep.md): a derivative of σ(−z) is at most this times q.
_LARGEST = 8.0
_ORDER = 6

Base = Literal["sigma", "slope", "log_sigma", "log", "log_of_rest", "inverse", "inverse_of_rest"]
Series = list[Array]


def _polynomial(weights: Sequence[float], at: Array) -> Array:
    found = np.full_like(at, weights[-1])
    for weight in reversed(weights[:-1]):
        found = found * at + weight
    return found


def _share_series(q: Array, order: int) -> Series:
    """Taylor coefficients of z ↦ σ(−z) where its value is q <= ½, each relatively accurate."""
    return [q * _polynomial(nodes.taylor_weights(k), q) for k in range(order + 1)]


def _horner(series: Series, r: Array) -> Array:
    found = series[-1]
    for term in reversed(series[:-1]):
        found = found * r + term
    return found


def logistic(z: Array) -> tuple[Array, Array]:
    """σ(−z) and log(1 + e^−z) for z >= 0, by the series about the nearest node."""
    shares, logs = _about_nodes()
    inside = z < nodes.REACH
    near = np.where(inside, z, 0.0)
    index = np.rint(near * nodes.STEPS).astype(np.intp)
    r = near - index / nodes.STEPS
    q, l = (_horner([c[index] for c in about], r) for about in (shares, logs))
    if inside.all():
        return q, l
    return np.where(inside, q, 0.0), np.where(inside, l, 0.0)


@cache
def _about_nodes() -> tuple[Series, Series]:
    """The series of q and of l about every node; l′ = −q."""
    shares, logs = nodes.logistic()
    about = _share_series(shares, _ORDER)
    return about, [logs, *(-c / (k + 1) for k, c in enumerate(about[:-1]))]


def minus_log(w: Array) -> Array:
    """−log w for w in (0, 1], relatively accurate, by the series about the nearest node."""
    logs, log_two = nodes.logarithms()
    mantissa, exponent = np.frexp(w)
    whole = exponent > 0  # w = 1 is ½·2
    mantissa, exponent = np.where(whole, 1.0, mantissa), np.where(whole, 0, exponent)
    index = np.rint(mantissa * nodes.LOG_STEPS).astype(np.intp)
    node = index / nodes.LOG_STEPS
    t = (mantissa - node) / node
    return np.asarray((logs[index] - exponent * log_two) - t * _polynomial(_LOG1P, t))


_LOG1P = [(-1.0) ** k / (k + 1) for k in range(8)]
_MINUS_LOG1M = [1.0 / (k + 1) for k in range(8)]


def minus_log_of_rest(p: Array) -> Array:
    """−log(1 − p) for p in [0, 1)."""
    small = p < 2.0**-7
    near = np.where(small, p, 0.0)
    return np.where(
        small, near * _polynomial(_MINUS_LOG1M, near), minus_log(np.where(small, 1, 1 - p))
    )


def _sigma(z: Array, sign: int, order: int) -> Series:
    q, _ = logistic(z)
    share = _share_series(q, order)
    return share if sign < 0 else [1 - q, *(-c for c in share[1:])]


def _slope(z: Array, sign: int, order: int) -> Series:
    q, _ = logistic(z)
    share = _share_series(q, order + 1)
    return [q * (1 - q), *(-(k + 1) * share[k + 1] for k in range(1, order + 1))]


def _log_sigma(z: Array, sign: int, order: int) -> Series:
    q, l = logistic(z)
    about = [l, *(-c / (k + 1) for k, c in enumerate(_share_series(q, max(order - 1, 0))))]
    found = [-c for c in about[: order + 1]]
    if sign < 0:
        found[0] = found[0] - z
        if order:
            found[1] = found[1] - 1
    return found


def _powers(w: Array, order: int, first: Array, of: Callable[[int], float]) -> Series:
    return [first, *(of(k) * w**-k for k in range(1, order + 1))]


_SERIES: dict[Base, Callable[[Array, int, int], Series]] = {
    "sigma": _sigma,
    "slope": _slope,
    "log_sigma": _log_sigma,
    "log": lambda p, sign, order: _powers(p, order, minus_log(p), lambda k: (-1.0) ** k / k),
    "log_of_rest": lambda p, sign, order: _powers(
        1 - p, order, minus_log_of_rest(p), lambda k: 1.0 / k
    ),
    "inverse": lambda p, sign, order: [(-1.0) ** k * p ** -(k + 1.0) for k in range(order + 1)],
    "inverse_of_rest": lambda p, sign, order: [(1 - p) ** -(k + 1.0) for k in range(order + 1)],
}
_LOGISTIC = ("sigma", "slope", "log_sigma")


@dataclass(frozen=True, slots=True)
class Curve:
    """scale·g(x), or scale·g(−x) if mirrored; g of probabilities lives on [0, 1].

    sigma σ(x), slope σ′(x), log_sigma log σ(x), log −log p, log_of_rest −log(1 − p),
    inverse 1/p, inverse_of_rest 1/(1 − p).
    """

    base: Base
    scale: int = 1
    mirrored: bool = False

    def __neg__(self) -> Curve:
        """The curve with the other sign."""
        return Curve(self.base, -self.scale, self.mirrored)

    @property
    def logistic(self) -> bool:
        """True for functions of logits, False for those of probabilities."""
        return self.base in _LOGISTIC

    def series(self, z: Array, sign: int, order: int) -> Series:
        """Taylor coefficients in z at x = sign·z, z >= 0."""
        with np.errstate(all="ignore"):
            found = _SERIES[self.base](z, -sign if self.mirrored else sign, order)
            return found if self.scale == 1 else [self.scale * c for c in found]

    def value(self, x: Array) -> Array:
        """The curve at float64 x, within `VALUE` relatively; NaN where x is or g is undefined."""
        z, negative = np.abs(x), np.signbit(x)
        with np.errstate(all="ignore"):
            if not self.logistic:
                inside = (x >= 0) & (x <= 1)
                return np.where(inside, self.series(np.where(inside, z, 0.5), 1, 0)[0], np.nan)
            fine = np.where(np.isnan(x), 0.0, z)
            up = self.series(fine, 1, 0)[0]
            if negative.any():
                up = np.where(negative, self.series(fine, -1, 0)[0], up)
        return np.where(np.isnan(x), np.nan, up)

    def remainder(self, z: Array, w: Array, order: int) -> Array:
        """A bound on the truncation error of the series of an order at z, within w of z."""
        with np.errstate(all="ignore"):
            if self.logistic:
                q = logistic(np.maximum(z - w, 0))[0]
                return np.asarray(_LARGEST * q * w ** (order + 1) / factorial(order + 1))
            rest = self.base in ("log_of_rest", "inverse_of_rest")
            nearest = (1 - z if rest else z) - w
            share = np.where(nearest > 0, w / nearest, np.inf) ** (order + 1)
            return np.asarray(share if self.base in ("log", "log_of_rest") else share / nearest)


#: σ(x), σ(−x), σ′(x), log σ(x) and log σ(−x).
SIGMA, REST, SLOPE = Curve("sigma"), Curve("sigma", mirrored=True), Curve("slope")
LOG, LOG_REST = Curve("log_sigma"), Curve("log_sigma", mirrored=True)
