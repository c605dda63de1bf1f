"""Compares results with the polynomials of their cells, in chunks that fit the cache.

Nothing is allocated that is as large as a chunk. What a polynomial cannot settle is judged input by
input (`elements.account`).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from conformance.examine.profile import EDGES
from conformance.floats import Array, to_hex
from conformance.sweep.elements import Errors, Oracle, account, judged
from conformance.sweep.sheets import CELL, ORDERS, Cells, Sheet
from conformance.sweep.tallies import DELTA, Breaks, Place, Totals

CHUNK = 32 * CELL
_ROWS = CHUNK // CELL
_LEAST, _MOST = -CELL // 2, CELL // 2
_EDGES: list[float] = EDGES.tolist()
#: Errors near one edge of the histogram that are decided by balls, in one chunk; how many chunks'
#: are decided together.
_ASKED, _TOGETHER = 64, 64


@dataclass(slots=True)
class Scratch:
    """Buffers of one chunk, shared by everything that a worker does."""

    errors: Array
    exact: Array
    flags: Array
    powers: Array


def scratch() -> Scratch:
    """Fresh buffers."""
    return Scratch(
        np.empty((_ROWS, CELL)),
        np.empty((_ROWS, CELL)),
        np.empty((_ROWS, CELL), bool),
        np.arange(_LEAST, _MOST, dtype=np.float64) ** np.arange(ORDERS[-1] + 1)[:, None],
    )


class BlockSheet:
    """A sheet with its ends per block as plain numbers, for all implementations of a sweep."""

    def __init__(self, sheet: Sheet, block: int) -> None:
        self.sheet = sheet
        self.block = block
        self.ends = sheet.ends(block)
        self._rows = list(
            zip(
                *self.ends.exact.T.tolist(), *self.ends.unit.T.tolist(),
                zip(*(low.tolist() for low in self.ends.low), strict=True), strict=True,
            )
        )  # fmt: skip
        self.rises = bool(self.ends.exact[-1, 1] >= self.ends.exact[0, 0])

    def row(self, block: int) -> tuple[float, float, float, float, tuple[float, ...]]:
        """Exact value at both ends, their ulp, and the least bound of each level."""
        return self._rows[block]

    @cached_property
    def cells(self) -> Cells:
        """The polynomials, made when a block first needs them."""
        return self.sheet.cells


class Chunks:
    """One entry of one implementation's results over one binade, where its blocks are not settled.

    `candidates` are (index, result) pairs, one of which has the largest ratio.
    """

    def __init__(self, known: BlockSheet, oracle: Oracle, tally: Totals, buffers: Scratch) -> None:
        self.known = known
        self.oracle = oracle
        self.tally = tally
        self.binade = known.sheet.binade
        self.entry = known.sheet.entry
        self.candidates: list[tuple[int, float]] = []
        self._doubts: list[tuple[Array, Array, Array, Array]] = []
        self._buffers = buffers
        self._upper = -1.0

    def see(self, start: int, results: Array) -> None:
        """Compare a chunk with the polynomials of its cells."""
        cells, b = self.known.cells, self._buffers
        at = slice(start // CELL, (start + CHUNK) // CELL)
        rows = results.reshape(_ROWS, CELL)
        errors = b.errors
        np.matmul(cells.terms[at], b.powers[: cells.terms.shape[1]], out=b.exact)
        np.copyto(errors, rows)
        np.subtract(errors, b.exact, out=errors)
        np.abs(errors, out=errors)
        worst = errors.max(axis=1)
        hard = cells.hard[at] | ~(worst < np.inf)
        if hard.any():
            self._one_by_one(start, rows, np.flatnonzero(hard))
            errors[hard] = -1.0
            worst[hard] = -1.0
        self._histograms(start, rows, worst, hard, cells.unit[at])
        self._bounds(start, rows, errors, worst, at)

    def _one_by_one(self, start: int, rows: Array, chosen: Array) -> None:
        index = (start + chosen[:, None] * CELL + np.arange(CELL)).ravel()
        self._account(index, rows[chosen].ravel())

    def _account(self, index: Array, got: Array) -> None:
        x = self._arguments(index)
        entries = np.full((len(got), len(self.oracle.target.curves)), np.nan)
        entries[:, self.entry] = got
        account(self.oracle, self.tally, x, entries, only=self.entry)

    def _arguments(self, index: Array) -> Array:
        return self.oracle.target.rows_of(self.binade.inputs(index))

    def _histograms(self, start: int, rows: Array, worst: Array, hard: Array, units: Array) -> None:
        """Enter the errors of a chunk, by runs of cells whose values have one ulp."""
        cuts = [0, *(np.flatnonzero(units[1:] != units[:-1]) + 1).tolist(), _ROWS]
        for low, high in itertools.pairwise(cuts):
            n = CELL * (high - low - int(np.count_nonzero(hard[low:high])))
            if n:
                part = slice(low, high)
                self._histogram(start, rows, part, n, float(worst[part].max()), float(units[low]))

    def _histogram(
        self, start: int, rows: Array, part: slice, n: int, largest: float, unit: float
    ) -> None:
        errors, flags = self._buffers.errors[part], self._buffers.flags[part]
        above = [0] * len(EDGES)
        for i, edge in enumerate(_EDGES):
            if largest <= (edge - DELTA) * unit:
                break
            sure = int(np.count_nonzero(np.greater(errors, (edge + DELTA) * unit, out=flags)))
            if sure != int(np.count_nonzero(np.greater(errors, (edge - DELTA) * unit, out=flags))):
                self._doubt(start, rows, part, i, unit)
            above[i] = sure
        self.tally.count(above, n)
        if largest > self.tally.ulp * unit or self.tally.ulp_at is None:
            row, column = divmod(int(np.argmax(errors)), CELL)
            index = start + (part.start + row) * CELL + column
            at = self.place(index, float(rows[part.start + row, column]))
            self.tally.saw_ulp(float(errors[row, column]) / unit, at)

    def _doubt(self, start: int, rows: Array, part: slice, i: int, unit: float) -> None:
        """Note the errors next to edge i, which are entered as below it until balls decide them."""
        errors, edge = self._buffers.errors[part], _EDGES[i] * unit
        near = np.flatnonzero(np.abs(errors.ravel() - edge) <= DELTA * unit)
        asked = near[:_ASKED]
        self.tally.undecided += len(near) - len(asked)
        index, got = start + part.start * CELL + asked, rows[part].ravel()[asked]
        self._doubts.append((index, got, np.full(len(asked), i), np.full(len(asked), edge)))
        if len(self._doubts) == _TOGETHER:
            self.decide()

    def decide(self) -> None:
        """Enter which of the errors next to an edge exceed it, by balls."""
        if not self._doubts:
            return
        index, got, which, edges = map(np.concatenate, zip(*self._doubts, strict=True))
        hi, lo = self.oracle.certain(self._arguments(index))
        sure = np.abs((got.astype(np.longdouble) - hi[:, self.entry]) - lo[:, self.entry])
        self.tally.count(np.bincount(which[sure > edges], minlength=len(EDGES)).tolist(), 0)
        self._doubts.clear()

    def _bounds(self, start: int, rows: Array, errors: Array, worst: Array, at: slice) -> None:
        cells = self.known.cells
        beyond = worst + DELTA * cells.unit[at]
        ratios = beyond / cells.low[0][at]
        row = int(np.argmax(ratios))
        ratio = float(ratios[row])
        if ratio > self._upper:
            self.tally.ratio_limit = max(self.tally.ratio_limit, ratio)
            self._upper = max(self._upper, 0.98 * ratio)
            column = int(np.argmax(errors[row]))
            self.candidates.append((start + row * CELL + column, float(rows[row, column])))
        for i in range(len(self.oracle.levels)):
            wide = np.flatnonzero(beyond > cells.low[i][at])
            if wide.size:
                self._broken(i, start, rows, errors, worst, wide)

    def _broken(
        self, i: int, start: int, rows: Array, errors: Array, worst: Array, beyond: Array
    ) -> None:
        """Count what breaks a bound in some cells; where only the exact bound tells, by itself."""
        cells, level = self.known.cells, self.oracle.levels[i]
        at = slice(start // CELL, start // CELL + _ROWS)
        low, high = (bounds[i][at][beyond, None] for bounds in (cells.low, cells.high))
        slack = DELTA * cells.unit[at][beyond, None]
        mine = errors[beyond]
        sure = mine > high + slack
        unsure = ~sure & (mine + slack > low)
        if unsure.any():
            row, column = np.nonzero(unsure)
            index = start + beyond[row] * CELL + column
            broken = self.judged(index, rows[beyond[row], column]).broken[i][:, self.entry]
            sure[row[broken], column[broken]] = True
        count = int(np.count_nonzero(sure))
        if count:
            with np.errstate(all="ignore"):
                ratios = np.where(sure.any(axis=1), worst[beyond] / high[:, 0], -1)
            top = int(np.argmax(ratios))
            first, last = int(np.argmax(sure)), top * CELL + int(np.argmax(mine[top]))
            found = [self._within(start, rows, beyond, k) for k in (first, last)]
            self.tally.breaks(level).add(
                Breaks(count=count, first=found[0], worst=found[1], ratio=float(ratios[top]))
            )

    def _within(self, start: int, rows: Array, chosen: Array, k: int) -> Place:
        """The k-th result of some cells of a chunk."""
        row, column = int(chosen[k // CELL]), k % CELL
        return self.place(start + row * CELL + column, float(rows[row, column]))

    def judged(self, index: Array, got: Array) -> Errors:
        """Results at some inputs of the binade, measured one by one."""
        entries = np.zeros((len(got), len(self.oracle.target.curves)))
        entries[:, self.entry] = got
        return judged(self.oracle, self._arguments(index), entries)

    def place(self, index: int, got: float) -> Place:
        """A result by its index in the binade."""
        bits = self.binade.start + index
        at = (bits,) if self.oracle.target.shape == "unary" else (bits, 0)
        return Place(at=at, entry=self.entry, got=to_hex(got))
