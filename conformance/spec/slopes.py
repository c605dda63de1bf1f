"""Slopes and curvature: Lipschitz bounds, monotonicity, convexity."""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.functions import FUNCTIONS
from conformance.model import Example
from conformance.spec.claims import Claims, at_most
from conformance.spec.comparing import both, together
from conformance.spec.context import Examination
from conformance.spec.declare import law, those
from conformance.spec.symmetries import on_a_grid
from conformance.spec.which import several_classes, several_rows


def _slope(function: str) -> tuple[str, float]:
    found = FUNCTIONS[function].slope
    assert found is not None
    return found


def _curvature(function: str) -> tuple[str, int]:
    found = FUNCTIONS[function].curvature
    assert found is not None
    return found


_SLOPED = those(lambda f: f.slope)


@law("no-steeper-than", *_SLOPED, says=lambda of: _slope(of)[0], when=several_rows, corollary=True)
def no_steeper_than(f: Examination, e: Example) -> Claims:
    """neighbouring inputs, or rows, have results no further apart than the slope allows

    Within B(x) + B(y). The largest derivative: σ′ ≤ ¼, (log σ)′ ≤ 1, ‖∇L‖₁ = 1,
    ‖diag p − ppᵀ‖_∞ ≤ ½; of f(x/T) it is 1/T times that, a cap
    makes none steeper. [Gao & Pavel, arXiv:1704.00805]
    Reveals jumps at clips and thresholds, rows mixed up.
    """
    rise, apart, bound, where = _neighbours(f, e)
    limit = _slope(e.function.name)[1] * apart / float(e.options.get("temperature", 1))
    yield at_most(rise, limit, bound, where=where & np.isfinite(limit) & np.isfinite(rise))


def _neighbours(f: Examination, e: Example) -> tuple[Array, Array, Array, Array]:
    """Of rows one after the other, or of sorted elements: how far values and inputs are apart.

    With the sums of their bounds, and where both values are forced.
    """
    x, got, bound = f.problem(e).x, f.value(e), f.bound(e)
    where = np.broadcast_to(f.where(e), got.shape)
    if not e.function.rowwise:
        order = np.argsort(x, kind="stable")
        x, got, bound, where = x[order], got[order], bound[order], where[order]
    apart = np.abs(np.diff(x, axis=0))
    if e.function.rowwise:
        apart = np.where(np.isnan(apart), np.inf, apart).max(axis=-1, keepdims=got.ndim == 2)
    return np.abs(np.diff(got, axis=0)), apart, bound[1:] + bound[:-1], where[1:] & where[:-1]


def _higher(e: Example) -> Array:
    """The logits, all of them raised."""
    return np.asarray(e.x + np.abs(e.x) * e.x.dtype.type(0.5) + e.x.dtype.type(1))


#: e^-40 is nothing beside 1.
_FAR = 40


def _far_below(e: Example) -> bool:
    """Rows whose middle logit, raised, is far below another, so that it moves no other p."""
    middle = e.x.shape[-1] // 2
    return bool((e.x.max(axis=-1) - _higher(e)[:, middle] > _FAR).any())


@law("raising-one-logit", "softmax", costs=1, when=several_classes,
     prefers=_far_below)  # fmt: skip
def raising_one_logit(f: Examination, e: Example) -> Claims:
    """x_i grows ⟹ p_i does not fall and no other p_j grows

    Within B(x) + B(x′). ∂p_i/∂x_i = p_i(1 − p_i) ≥ 0, ∂p_j/∂x_i = −p_i p_j ≤ 0.
    [the derivatives: ∂p_i/∂x_i = p_i(1 − p_i), ∂p_j/∂x_i = −p_i p_j]
    Reveals cross-talk between entries, the wrong row.
    """
    own = np.arange(e.x.shape[-1]) == e.x.shape[-1] // 2
    raised, sign = e.with_first(np.where(own, _higher(e), e.x)), np.where(own, 1, -1)
    bound, where = together(f, e, raised), both(f, e, raised)
    yield at_most(sign * f.value(e), sign * f.value(raised), bound, where=where, at=raised)


_CURVED = those(lambda f: f.curvature)


@law("convex-at-midpoints", *_CURVED, says=lambda of: _curvature(of)[0], costs=2,
     when=several_rows, uncapped=True)  # fmt: skip
def convex_at_midpoints(f: Examination, e: Example) -> Claims:
    """convexity at the midpoints of neighbouring rows or elements

    Within the sum of the bounds. Convexity (concavity) of exact values; the midpoint is exact.
    [Boyd & Vandenberghe, Convex Optimization, 3.1.5]
    Reveals jumps between branches.
    """
    base, middle, exact = _midpoints(f, e)
    mean, sign = _with_next(f.value(base)) / 2, _curvature(e.function.name)[1]
    bound = f.bound(middle) + _with_next(f.bound(base))
    where = exact & both(f, base, middle) & np.roll(f.where(base), 1, axis=0) & np.isfinite(mean)
    yield at_most(sign * f.value(middle), sign * mean, bound, where=where, at=middle)


def _with_next(values: Array) -> Array:
    """The sum of each and the one before it."""
    return np.asarray(values + np.roll(values, 1, axis=0))


def _midpoints(f: Examination, e: Example) -> tuple[Example, Example, Array]:
    """Inputs on a grid, the midpoints of each and the one before, and where all are exact."""
    coarse = on_a_grid(f, e)
    exact = _with_next(coarse) / 2
    base, middle = (e.with_first(x.astype(e.fmt.dtype)) for x in (coarse, exact))
    kept = (f.problem(middle).x == exact) & (f.problem(base).x == coarse)
    kept = kept.all(axis=-1) if kept.ndim == 2 else kept
    return base, middle, kept & np.roll(kept, 1, axis=0)
