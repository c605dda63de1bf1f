"""Sums over the blocks of a row in which an entry is the maximum: what a shift by it affects."""

from __future__ import annotations

import numpy as np

from conformance.floats import Array
from conformance.numerics.memo import kept
from conformance.numerics.problem import Problem

#: Places and, for each, the first place beyond what it is known to exceed so far.
_Jump = tuple[Array, Array]


def over_blocks(p: Problem, terms: Array) -> Array:
    """For each entry Σ terms over the longest block around it in which no logit is larger.

    `terms` (R, n) are nonnegative. The sum is 0 for a block of one entry, which shifts no other.
    """
    padded = _padded(terms, 0)
    beside = np.zeros_like(padded)
    for jumps in _jumps(p):
        held = np.zeros_like(padded)
        for places, beyond in jumps:
            held[places] += padded[beyond] + held[beyond]
        beside += held
    shape = len(terms), -1
    found = np.where(beside > 0, padded + beside, 0).reshape(shape)[:, 1:-1]
    return np.asarray(found)


@kept
def _jumps(p: Problem) -> tuple[list[_Jump], list[_Jump]]:
    """How far each block reaches left and right over entries that are no larger, by jumps."""
    d = _padded(p.rows.d, np.inf)
    return _towards(d, -1), _towards(d, 1)


def _padded(rows: Array, border: float) -> Array:
    """The rows with a number at both ends of each, one after the other."""
    padded = np.full((len(rows), rows.shape[-1] + 2), border, rows.dtype)
    padded[:, 1:-1] = rows
    return padded.ravel()


def _towards(d: Array, step: int) -> list[_Jump]:
    beyond = np.arange(d.size) + step
    places = np.flatnonzero(d < np.inf)
    found = []
    while (places := places[d[beyond[places]] <= d[places]]).size:
        over = beyond[places]
        found.append((places, over))
        beyond[places] = beyond[over]
    return found
