"""The derived tolerances: pure functions of the format, the sizes and the input, never tuned.

`bound(problem, budget, quantity, level)` is how much a computed quantity may differ from the exact
one. must is relative to the largest intermediate that any stable algorithm forms, should to the
result itself. Each formula is in its function's module (`conformance.functions`), with its
derivation as the docstring; this package has what several of them share.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.numerics.bounds.budget import SOURCES, Budget, budget
from conformance.numerics.bounds.later import Later
from conformance.numerics.bounds.logits import by_x
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem
from conformance.numerics.reference import reference

__all__ = ["SOURCES", "Budget", "Later", "bound", "budget", "reduction_bound"]


def bound(p: Problem, b: Budget, quantity: str, level: str = "must") -> Array:
    """How much a quantity may differ from its exact value, elementwise, wide. KeyError if none."""
    with np.errstate(all="ignore"):
        light = p.lighter if b.a >= b.omega else p  # bounds below ω are no numbers of float64
        found = _bound(light, b, quantity, level)
        if quantity == "value" and p.e.reduction != "none":
            return b.finish(_reduced(light, b, found), reference(p, "value"))
        exact = reference(p, quantity)
        if p.e.reduction != "none":
            found = found + _of_rate(light, b) * np.abs(exact)
        return b.finish(found, exact)


def _bound(p: Problem, b: Budget, quantity: str, level: str) -> Array:
    of = p.e.function.quantities
    if p.logits is not None and p.projection is None and quantity in ("vjp", "hvp"):
        found = by_x(p, b, of, quantity, level)
        return np.where(p.ignored[:, None], 0, found) if p.e.function.labelled else found
    return of[quantity].bound(p, b, level)


def _of_rate(p: Problem, b: Budget) -> float:
    """Relative error of the derivative of a reduction by each loss: 3u, and θ(w) if weighted."""
    if p.e.reduction == "sum" or not p.e.function.rowwise:
        return 3 * b.u
    return 3 * b.u + float(b.theta_of_rows(p.row_weight[None], p.counts)[0, 0])


def _reduced(p: Problem, b: Budget, per_loss: Array) -> Array:
    """[Σ e_i + (θ(L) + u)ΣL] / denominator + 3u of the mean, and θ(w) of it if it is weighted."""
    losses = np.abs(_losses(p))
    losses = np.where(np.isfinite(losses), losses, 0)  # an infinite one makes the result so
    sizes = p.total(losses)
    total = p.total(per_loss) + (b.theta_of_rows(losses[None], p.counts)[0, 0] + b.u) * sizes
    if p.e.reduction == "sum":
        return np.asarray(total)
    mean = sizes / p.denominator
    rows = p.e.function.rowwise
    weights = b.theta_of_rows(p.row_weight[None], p.counts)[0, 0] if rows else 0.0
    return np.asarray(total / p.denominator + (3 * b.u + weights) * mean + b.a)


@kept
def _losses(p: Problem) -> Array:
    return p.e.function.quantities["value"].reference(p)


def reduction_bound(losses: Array, weights: Array | None, b: Budget) -> float:
    """θ(L) + 3u, and θ(w) if the mean is weighted: relative to the exact reduction of L.

    L are the implementation's own losses, so that only their reduction is judged.
    """
    theta = float(b.theta_of_rows(np.abs(losses)[None])[0, 0])
    weighted = 0.0 if weights is None else float(b.theta_of_rows(weights[None])[0, 0])
    return theta + weighted + 3 * b.u
