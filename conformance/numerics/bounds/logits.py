"""The errors of logits that an option changes: in d = y − max y, and in derivatives.

Notation: y = φ(x) are the logits, φ = x/T or c·tanh(x/c); M is the sum of the magnitudes of the
terms of a derivative of f at y, each of which a right computation may multiply by φ′ separately.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from conformance.floats import Array
from conformance.model import Quantity
from conformance.numerics.bounds.budget import Budget, second_order
from conformance.numerics.intermediates import Rows
from conformance.numerics.logits import Logits
from conformance.numerics.problem import Problem


def made(logits: Logits, r: Rows, b: Budget) -> Array:
    """u(|y_i| + |m|) + (2u + δ)|d_i| + 2u, and (c/T)(eps + 14u) of a cap; strict: (2u + δ)|d_i|.

    x/T, x·(1/T) and x·(log₂e/T) round each y, and their maximum; a multiply-add x·(1/T) − m leaves
    the rounding of the maximum at the top entry too, where e^d is then no longer exactly 1.
    (x − m)/T errs relative to d, and so does 1/T, one number for the row; δ is u if T is not a
    number of the format, else 0. strict subtracts the maximum first. To second order (Lemma 5).
    """
    common = (2 * b.u + _inexact(logits, b)) * r.gap
    each = np.full_like(r.x, 2 * logits.cap / logits.temperature * (tanh_error(b) + b.u))
    if b.stable:
        sizes = np.where(np.isfinite(r.x), np.abs(r.x), 0)
        each = each + b.u * (sizes + np.abs(r.m)) + 2 * b.u
    return np.asarray(common + second_order(each))


def tanh_error(b: Budget) -> float:
    """eps/2 + 6u absolutely, for 2σ(2z) − 1; the tanh of a library errs by less."""
    return b.eps / 2 + 6 * b.u


def _inexact(logits: Logits, b: Budget) -> float:
    """u if T is not a number of the format, so that it is itself rounded; else 0."""
    T = logits.temperature
    return b.fmt.u if float(np.asarray(T).astype(b.fmt.dtype)) != T else 0.0


def slope_error(logits: Logits, b: Budget) -> Array:
    """The error of φ′ and its product: 3u + δ relatively for 1/T, eps + 15u for 1 − tanh²(x/c)."""
    error = (3 * b.u + _inexact(logits, b)) * logits.slope
    if logits.cap:
        error = error + (2 * tanh_error(b) + 3 * b.u) / logits.temperature
    return np.asarray(error)


def by_x(p: Problem, b: Budget, of: Mapping[str, Quantity], quantity: str, level: str) -> Array:
    """The bound of a derivative by the logits as one by x, which options make logits of."""
    if p.logits is None:
        return of[quantity].bound(p, b, level)
    return chained(p, b, quantity, level, of)


def chained(
    p: Problem, b: Budget, quantity: str, level: str, of: Mapping[str, Quantity] | None = None
) -> Array:
    """(φ′ + ε)B + ε M + a(1 + φ′), ε the error of φ′; for a second derivative also those of φ″.

    For φ′·∇²f(y)(φ′v) + φ″v·∇f(y): (φ′ + ε)(B₂ + M₂(εv)) + ε M₂(φ′v) + |φ″v|(B₁ + 3uM₁) + ζ|v|(M₁ +
    B₁), ζ = (3eps + 48u)/(cT) the error of φ″, B₁ and B₂ the bounds of f's gradient and second
    derivative at y, M₁ and M₂ the magnitudes of their terms.
    """
    logits, of = p.logits, of or p.e.function.quantities
    assert logits is not None
    slope, off = logits.slope, slope_error(logits, b)
    bound = (slope + off) * np.asarray(of[quantity].bound(p, b, level)) + b.a * (1 + slope)
    if quantity == "vjp":
        return bound + off * of["vjp"].sizes(p, slope)
    v, sizes = np.abs(p.along), of["hvp"].sizes
    bound = bound + (slope + off) * sizes(p, off * v) + off * sizes(p, slope * v)
    bound = bound + b.a * (1 + slope) * (1 + v.sum(axis=-1, keepdims=True))
    return bound + _bent(p, b, level, v, of["vjp"]) if logits.cap else bound


def _bent(p: Problem, b: Budget, level: str, v: Array, of: Quantity) -> Array:
    """The error of φ″v·∇f(y)."""
    logits = p.logits
    assert logits is not None
    gradient, sizes = np.asarray(of.bound(p, b, level)), of.sizes(p, v)
    error = (6 * tanh_error(b) + 12 * b.u) / (logits.cap * logits.temperature)
    bend = np.abs(logits.bend)
    return v * (bend * (gradient + 3 * b.u * sizes) + error * (gradient + sizes) + b.a)
