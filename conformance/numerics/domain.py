"""Where a value and its derivatives are forced, for whole kinds of functions (model.Domain).

Each is a mask (N,) or (R,) of a problem's elements or rows. What belongs to one function alone
stands with it.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.model import Domain
from conformance.numerics.problem import Problem


def settled_elements(p: Problem) -> Array:
    """All but NaN."""
    return ~np.isnan(p.x)


def settled_rows(p: Problem) -> Array:
    """Rows without NaN and with a finite maximum."""
    return p.rows.settled


def labels_fine(p: Problem) -> Array:
    """Rows whose label is an index in range that is not ignored, or no negative or infinite q."""
    if p.soft:
        return np.asarray((np.isfinite(p.labels) & (p.labels >= 0)).all(axis=-1))
    return p.kept


def without_mass(p: Problem, gone: Array) -> Array:
    """Rows with a floating label of no mass where log p overflows (`gone`): 0·log 0 = 0.

    One law speaks of them (masked-class-without-mass), so that q·log p as written, NaN there, is
    one finding and not a finding of every law.
    """
    if not p.soft:
        return np.zeros(len(p.x), bool)
    return np.asarray((gone & (p.A == 0)).any(axis=-1))


def label_masked(p: Problem) -> Array:
    """Rows with a share of the label at a class that takes no part: a convention, of a may law."""
    if p.mask is None:
        return np.zeros(len(p.x), bool)
    return np.asarray(((p.A > 0) & ~p.mask).any(axis=-1))


def cotangent_masked(p: Problem) -> Array:
    """Rows with a cotangent where a class takes no part: if −∞ stands there, a convention too."""
    if p.mask is None:
        return np.zeros(len(p.x), bool)
    return np.asarray((~p.mask & (p.given.args["cotangent"] != 0)).any(axis=-1))


def smooth_elements(p: Problem, settled: Array, second: bool) -> Array:
    """Those with a finite x."""
    return settled & np.isfinite(p.x)


def spread(p: Problem) -> Array:
    """Rows whose logits lie within Ω of their maximum."""
    return np.asarray((p.rows.gap <= p.fmt.largest).all(axis=-1))


def smooth_rows(p: Problem, settled: Array, second: bool) -> Array:
    """Those whose logits lie within Ω of their maximum."""
    return settled & spread(p)


def of_factors(p: Problem, settled: Array, second: bool) -> Array:
    """Those where the factors of a loss's slope stay below Ω until σ or p, however small, meets."""
    return np.asarray(settled & (p.product(second) <= p.fmt.largest / 4))


def least_probability(p: Problem, second: bool = False) -> Array:
    """Below it g/p is flushed, or beyond Ω/2 before y, or 1/N, meets it; g v/p², if `second`."""
    tiny = p.fmt.omega if p.fmt.name != "float16" else 0.0
    reduced = np.abs(p.cotangent) if p.e.reduction != "none" else 1
    reduced = np.maximum(reduced, 1)
    if not second:
        return np.asarray(np.maximum(tiny, 2 * reduced / p.fmt.largest))
    size = np.maximum(np.abs(p.cotangent), 1)  # of a single loss, too: g v/p² may leave the format
    size = size[..., np.newaxis] if 0 < size.ndim < p.direction.ndim else size
    sizes = size * np.maximum(np.abs(p.direction), 1)
    return np.asarray(np.sqrt(np.maximum(p.fmt.omega, 4 * sizes / p.fmt.largest)))


ELEMENTS = Domain(settled=settled_elements, smooth=smooth_elements)
ROWS = Domain(settled=settled_rows, smooth=smooth_rows)
