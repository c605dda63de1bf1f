"""Exact values of one curve over a shard: at the ends of blocks, and as polynomials over cells.

A shard of float32 is a binade: 2^23 consecutive bit patterns of one sign and exponent, where
x = ±(z₀ + i·h) exactly. It is called in blocks and judged in cells of 1024 inputs, each with a
Taylor polynomial of the curve about its middle. Where a polynomial would not do (docs/sweep.md),
the cell is `hard` and is judged input by input.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from conformance.floats import FORMATS, Array, ulp
from conformance.numerics.curves import Curve
from conformance.sweep.elements import Oracle

SHARD = 1 << 23
CELL = 1 << 10
CELLS = SHARD // CELL
_FORMAT = FORMATS["float32"]
#: A polynomial leaves out at most this share of the value: 2^-22 ulp.
_TRUNCATED = 2.0**-46
ORDERS = (1, 2, 3, 4, 5)
#: The logarithmic derivatives of the terms of a bound are at most these, in x and in log x.
_IN_X, _IN_LOG_X = 8, 2


@dataclass(frozen=True, slots=True)
class Binade:
    """The float32 bit patterns of one sign and exponent field (0 to 254)."""

    negative: bool
    exponent: int

    @property
    def start(self) -> int:
        """The first bit pattern."""
        return ((self.negative << 8) | self.exponent) << 23

    @property
    def sign(self) -> int:
        """-1 or 1."""
        return -1 if self.negative else 1

    @property
    def step(self) -> float:
        """The distance of neighbours."""
        return float(2.0 ** (max(self.exponent, 1) - 150))

    def sizes(self, index: Array) -> Array:
        """|x| of inputs by their index in the shard, exactly."""
        return (index + (SHARD if self.exponent else 0)) * self.step

    def inputs(self, index: Array) -> Array:
        """The inputs themselves."""
        return (self.start + index).astype(np.uint32).view(np.float32)


@dataclass(slots=True)
class RunEnds:
    """The curve and its bounds at the first and last input of equal runs; all (runs, ...).

    `bound` is the larger must bound of the two ends; `low` and `high` bound the bounds from below
    and above over the whole run, by level.
    """

    exact: Array
    unit: Array
    bound: Array
    low: list[Array]
    high: list[Array]


@dataclass(slots=True)
class Cells:
    """The polynomials of a shard's cells in the index from the middle: (cells, order + 1)."""

    terms: Array
    unit: Array
    hard: Array
    low: list[Array]
    high: list[Array]


class Sheet:
    """One entry of a target's result over one binade."""

    def __init__(self, oracle: Oracle, binade: Binade, entry: int) -> None:
        self.oracle = oracle
        self.binade = binade
        self.entry = entry
        self.curve: Curve = oracle.target.curves[entry]

    def ends(self, size: int) -> RunEnds:
        """What is known at the ends of runs of a size."""
        first = np.arange(0, SHARD, size)
        index = np.stack([first, first + (size - 1)], axis=1)
        sizes = self.binade.sizes(index)
        exact = self.curve.series(sizes, self.binade.sign, 0)[0]
        with np.errstate(all="ignore"):
            unit = ulp(np.where(np.isfinite(exact), exact, 1), _FORMAT)
        bounds = self._bounds(index)
        shift = self._shift(sizes)
        low = [both.min(axis=1) / shift for both in bounds]
        high = [both.max(axis=1) * shift for both in bounds]
        return RunEnds(exact, unit, bounds[0].max(axis=1), low, high)

    def _bounds(self, index: Array) -> list[Array]:
        """The bounds of each level at inputs (runs, 2) by their index."""
        found = self.oracle.bounds(self.oracle.target.rows_of(self.binade.inputs(index.ravel())))
        return [bounds[:, self.entry].reshape(index.shape) for bounds in found]

    def _shift(self, sizes: Array) -> Array:
        """The factor by which a bound may change within a run."""
        first, last = sizes[:, 0], sizes[:, 1]
        with np.errstate(all="ignore"):
            if self.curve.logistic:
                near = np.minimum(last, 128) - np.minimum(first, 128)
                grows = np.where(last > 2.0**-20, last / first, 1 + 2.0**-12)
                return np.asarray(np.exp(_IN_X * near) * grows**_IN_LOG_X * (1 + 2.0**-12))
            ratios = [last / first, (1 - first) / (1 - last)]
            logs = [np.log(first) / np.log(last), np.log1p(-last) / np.log1p(-first)]
            return np.asarray(np.maximum.reduce([*ratios, *logs]) ** 3 * (1 + 2.0**-12))

    @cached_property
    def cells(self) -> Cells:
        """The polynomials and bounds of all cells."""
        ends = self.ends(CELL)
        middle = self.binade.sizes(np.arange(CELLS) * CELL + CELL // 2)
        reach = CELL // 2 * self.binade.step
        with np.errstate(all="ignore"):
            size = np.abs(ends.exact)
            least, most = size.min(axis=1), size.max(axis=1)
            order, fine = self._order(middle, reach, least)
            series = self.curve.series(middle, self.binade.sign, order)
            scales = [self.binade.step**k for k in range(order + 1)]
            terms = np.stack([c * s for c, s in zip(series, scales, strict=True)], axis=1)
            hard = ~(fine & (most <= 4 * least) & (ends.unit[:, 0] == ends.unit[:, 1]))
            hard |= ~np.isfinite(terms).all(axis=1)
            for bound in (*ends.low, *ends.high):
                hard |= ~np.isfinite(bound)
        terms[hard] = 0
        return Cells(terms, ends.unit[:, 0], hard, ends.low, ends.high)

    def _order(self, middle: Array, reach: float, least: Array) -> tuple[int, Array]:
        """The lowest order that suffices for all but a few cells, and for which cells it does."""
        reaches = np.full_like(middle, reach)
        for order in ORDERS:
            fine = self.curve.remainder(middle, reaches, order) <= _TRUNCATED * least
            if np.count_nonzero(fine) >= CELLS - CELLS // 64:
                break
        return order, fine
