"""What it costs that an option makes the logits: in d = y − max y, and in derivatives.

Notation: y = φ(x) the logits, φ = x/T or c·tanh(x/c); M what the terms of a derivative of f at y
amount to, each of which a right computation may multiply by φ′ on its own.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.numerics.bounds.budget import Budget, second_order
from conformance.numerics.intermediates import Rows
from conformance.numerics.logits import Logits
from conformance.numerics.problem import Problem


def made(logits: Logits, r: Rows, b: Budget) -> Array:
    """u(|y_i| + |m|) + (2u + δ)|d_i| + 2u, and 2(c/T)(eps + 3u) of a cap; strict: (2u + δ)|d_i|.

    x/T, x·(1/T) and x·(log₂e/T) round each y, and the maximum of them; a multiply-add x·(1/T) − m
    leaves the maximum's rounding at the top too, where e^d is then no longer 1 exactly. (x − m)/T
    errs relative to d, as 1/T does, which is one number for the row; δ is u of a T that is no
    number of the format. strict subtracts the maximum first. To second order (Lemma 5).
    """
    inexact = float(np.asarray(logits.temperature).astype(b.fmt.dtype)) != logits.temperature
    common = (2 * b.u + inexact * b.fmt.u) * r.gap
    each = np.full_like(r.x, 2 * logits.cap / logits.temperature * (b.eps + 3 * b.u))
    if b.stable:
        sizes = np.where(np.isfinite(r.x), np.abs(r.x), 0)
        each = each + b.u * (sizes + np.abs(r.m)) + 2 * b.u
    return np.asarray(common + second_order(each))


def slope_error(logits: Logits, b: Budget) -> Array:
    """Of φ′ and its product: 3u + δ relatively of 1/T; 2eps + 4u absolutely of 1 − tanh²(x/c)."""
    inexact = float(np.asarray(logits.temperature).astype(b.fmt.dtype)) != logits.temperature
    error = (3 * b.u + inexact * b.fmt.u) * logits.slope
    if logits.cap:
        error = error + (2 * b.eps + 4 * b.u) / logits.temperature
    return np.asarray(error)


def chained(p: Problem, b: Budget, quantity: str, level: str) -> Array:
    """φ′B + ε M + a(1 + φ′), ε the error of φ′; of a second derivative along v also those of φ″.

    Of φ′·∇²f(y)(φ′v) + φ″v·∇f(y): φ′B₂ + (φ′M₂(εv) + ε M₂(φ′v)) + |φ″v|B₁ + (6eps + 12u)|v|M₁/(cT),
    B₁ and B₂ the bounds of f's gradient and second derivative at y.
    """
    logits, of = p.logits, p.e.function.quantities
    assert logits is not None
    found, slope, off = of[quantity].bound(p, b, level), logits.slope, slope_error(logits, b)
    bound = slope * found + b.a * (1 + slope)
    if quantity == "vjp":
        return bound + off * of["vjp"].sizes(p, slope)
    v = np.abs(p.widened(p.e.args["direction"]))
    bound = bound + slope * of["hvp"].sizes(p, off * v) + off * of["hvp"].sizes(p, slope * v)
    bound = bound + b.a * (1 + slope) * (1 + v.sum(axis=-1, keepdims=True))
    if logits.cap:
        gradient, sizes = of["vjp"].bound(p, b, level), of["vjp"].sizes(p, slope)
        bound = bound + np.abs(logits.bend) * v * (gradient + 3 * b.u * sizes)
        scale = (6 * b.eps + 12 * b.u) / (logits.cap * logits.temperature)
        bound = bound + scale * v * sizes + b.a * v
    return bound
