"""Where a value and its derivatives are forced, for whole kinds of functions (model.Domain).

Each is a mask (N,) or (R,) of the elements or rows of a problem. What concerns one function only is
in its module.
"""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.model import Domain
from conformance.numerics.problem import Problem


def settled_rows(p: Problem) -> Array:
    """Rows without NaN and with a finite maximum."""
    return p.rows.settled


def labels_fine(p: Problem) -> Array:
    """Rows whose label is an index in range and not ignored, or a q without negatives and ±∞."""
    if p.soft:
        return np.asarray((np.isfinite(p.labels) & (p.labels >= 0)).all(axis=-1))
    return p.kept


def without_mass(p: Problem, gone: Array) -> Array:
    """Rows with a floating label of no mass where log p overflows (`gone`): 0·log 0 = 0.

    Only one law is about them (masked-class-without-mass), so that q·log p as written, which is NaN
    there, is one finding and not a finding of every law.
    """
    if not p.soft:
        return np.zeros(len(p.x), bool)
    return np.asarray((gone & (p.A == 0)).any(axis=-1))


def label_masked(p: Problem) -> Array:
    """Rows with part of the label at a class that takes no part: a convention, for a may law."""
    if p.mask is None:
        return np.zeros(len(p.x), bool)
    return np.asarray(((p.A > 0) & ~p.mask).any(axis=-1))


def cotangent_masked(p: Problem) -> Array:
    """Rows with a cotangent at a class that takes no part: a convention where the result is −∞."""
    if p.mask is None:
        return np.zeros(len(p.x), bool)
    return np.asarray((~p.mask & (p.given.args["cotangent"] != 0)).any(axis=-1))


def smooth_elements(p: Problem, settled: Array, second: bool) -> Array:
    """Settled elements with a finite x."""
    return settled & np.isfinite(p.x)


def spread(p: Problem) -> Array:
    """Rows whose logits lie within Ω of their maximum."""
    return np.asarray((p.rows.gap <= p.fmt.largest).all(axis=-1))


def smooth_rows(p: Problem, settled: Array, second: bool) -> Array:
    """Settled rows whose logits lie within Ω of their maximum."""
    return settled & spread(p)


def of_factors(p: Problem, settled: Array, second: bool) -> Array:
    """Settled ones where the factors of a loss's slope do not overflow before σ or p meets them."""
    return np.asarray(settled & (p.product(second) <= p.fmt.largest / 4))


def least_probability(p: Problem, second: bool = False) -> Array:
    """The least p whose g/p, or g v/p² if `second`, neither underflows nor overflows on its way."""
    tiny = p.fmt.omega if p.fmt.name != "float16" else 0.0
    reduced = np.abs(p.cotangent) if p.e.reduction != "none" else 1
    reduced = np.maximum(reduced, 1)
    if not second:
        return np.asarray(np.maximum(tiny, 2 * reduced / p.fmt.largest))
    size = np.maximum(np.abs(p.cotangent), 1)  # of a single loss, too: g v/p² may leave the format
    size = size[..., np.newaxis] if 0 < size.ndim < p.direction.ndim else size
    sizes = size * np.maximum(np.abs(p.direction), 1)
    return np.asarray(np.sqrt(np.maximum(p.fmt.omega, 4 * sizes / p.fmt.largest)))


ELEMENTS = Domain(settled=lambda p: ~np.isnan(p.x), smooth=smooth_elements)
ROWS = Domain(settled=settled_rows, smooth=smooth_rows)
