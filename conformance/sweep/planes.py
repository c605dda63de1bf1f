"""Pairs of float16 logits: every b for one a, judged by the difference d = a − b.

The exact values are functions of d, which float64 holds exactly (logsumexp adds the maximum). So
are the bounds, of which a table has a lower one for each 1/64 of d; only results beyond it are
given their own bound. Runs of 1024 neighbouring b with one result are settled by their ends.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from conformance.examine.profile import EDGES
from conformance.floats import Array, to_hex, ulp
from conformance.numerics.curves import logistic
from conformance.sweep.elements import Judge, account, judged
from conformance.sweep.tables import nan_in
from conformance.sweep.tallies import DELTA, Place, Tally, slots

RUN = 1 << 10
_RUNS = 1 << 6
_CELL = 64  # cells of the table for each 1 of d
_REACH = 128
_CELLS = 2 * _REACH * _CELL
#: A bound changes within a cell by at most e^(8/64) and |d|'s own growth; `sheets` has the proof.
_NEARLY = 0.25  # a lower bound may be this much below the bound
_SHIFT = float(np.exp(8 / _CELL)) * (1 + 2.0**-12)


class Floor:
    """Lower bounds of a pair target's bounds, by d, and over ranges of d."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge

    @cached_property
    def tables(self) -> Array:
        """The least bound of any level in each cell, (entries, cells)."""
        edges = np.arange(_CELLS + 1) / _CELL - _REACH
        at = np.minimum.reduce(self.judge.wide_bounds(edges))  # (cells + 1, entries)
        found = np.minimum(at[1:], at[:-1]).T / _SHIFT
        middle = _CELLS // 2
        for cell in (middle - 1, middle):  # |d| grows from 0 here: the terms in it are left out
            found[:, cell] = np.minimum(
                found[:, cell], found[:, cell - 1 : cell + 2].min(axis=1) / 2
            )
        return np.ascontiguousarray(found)

    def at(self, d: Array, entry: int, exact: Array) -> Array:
        """A lower bound at each d."""
        if self.judge.target.anchored:
            return self._anchored(d, exact)
        return np.asarray(self.tables[entry][_cell(d)])

    def _anchored(self, d: Array, exact: Array) -> Array:
        """Of logsumexp: 2u|L| + eps·log S + a, the terms that every level has."""
        b = self.judge.budget
        return np.asarray(2 * b.u * np.abs(exact) + b.eps * logistic(np.abs(d))[1] + b.a)

    @cached_property
    def _ranges(self) -> list[Array]:
        """Minima over 2^k neighbouring cells."""
        found = [self.tables]
        while 2 ** len(found) <= _CELLS:
            last, half = found[-1], 2 ** (len(found) - 1)
            found.append(np.minimum(last[:, :-half], last[:, half:]))
        return found

    def between(self, low: Array, high: Array, entry: int, exact: Array) -> Array:
        """A lower bound over d from low to high; `exact` (n, 2) has the values at the ends."""
        if self.judge.target.anchored:
            least = np.abs(exact).min(axis=1)
            least = np.where(np.sign(exact[:, 0]) == np.sign(exact[:, 1]), least, 0)
            return np.asarray(2 * self.judge.budget.u * least + self.judge.budget.a)
        first, last = _cell(low), _cell(high)
        level = np.log2(last - first + 1).astype(np.intp)
        found = np.empty(len(first))
        for k in np.unique(level).tolist():
            mine = level == k
            table = self._ranges[k][entry]
            left, right = table[first[mine]], table[last[mine] - 2**k + 1]
            found[mine] = np.minimum(left, right)
        return found


def _cell(d: Array) -> Array:
    known = np.where(np.isnan(d), 0, d)
    return np.asarray(np.clip(np.floor((known + _REACH) * _CELL), 0, _CELLS - 1).astype(np.intp))


class Plane:
    """One implementation's results for all pairs of a shard: `see` them for each a in turn."""

    def __init__(self, floor: Floor, tally: Tally) -> None:
        self.floor = floor
        self.judge = floor.judge
        self.tally = tally
        self._candidates: list[tuple[Array, int, float]] = []
        self._upper = -1.0

    def see(self, pairs: Array, results: Array) -> None:
        """Results (65536, entries) for the pairs (a, b) with one a and b in the order of bits."""
        if not np.isfinite(pairs[0, 0]):
            return self._specials(pairs, results)
        wide = results.astype(np.float64)
        b = pairs[:, 1].astype(np.float64)
        d = float(pairs[0, 0]) - b
        for entry in range(len(self.judge.target.curves)):
            open_ = ~self._settled(pairs, b, d, wide[:, entry], entry)
            rows = np.flatnonzero(np.repeat(open_, RUN) & (np.abs(d) <= self.judge.fmt.largest))
            if rows.size:
                self._compare(pairs, d, wide, rows, entry)
        special = ~(np.abs(d) <= self.judge.fmt.largest)
        return self._specials(pairs[special], results[special])

    def _specials(self, pairs: Array, results: Array) -> None:
        """Infinities, NaN, and differences beyond the format, where laws leave some open."""
        if len(pairs):
            account(self.judge, self.tally, pairs, results)
            nan_in(self.judge, self.tally, pairs, results)

    def _settled(self, pairs: Array, b: Array, d: Array, got: Array, entry: int) -> Array:
        """Runs of b whose results are one number and right at both ends, or b itself."""
        ends = np.arange(_RUNS)[:, None] * RUN + np.array([0, RUN - 1])
        grid = got.reshape(_RUNS, RUN)
        at = got[ends]
        constant = (at[:, 0] == at[:, 1]) & (grid == grid[:, :1]).all(axis=1)
        if self.judge.target.anchored:
            constant |= (grid == b.reshape(_RUNS, RUN)).all(axis=1)
        if not constant.any():
            return np.asarray(constant)
        exact = self.judge.exact(pairs[ends.ravel()])[:, entry].reshape(_RUNS, 2)
        unit = ulp(np.where(np.isfinite(exact), exact, 1), self.judge.fmt)
        error = np.abs(at - exact).max(axis=1)
        least = unit.min(axis=1)
        low = self.floor.between(d[ends].min(axis=1), d[ends].max(axis=1), entry, exact)
        fine = constant & (error + DELTA * least <= low) & (error <= (0.5 - DELTA) * least)
        # a slope rises to d = 0 and falls from there: its ends tell only one side
        fine &= np.abs(d[ends]).max(axis=1) <= self.judge.fmt.largest
        fine &= self._inside(at[:, 0]) & (d[ends[:, 0]] * d[ends[:, 1]] >= 0)
        self._enter(
            pairs, ends, at, np.abs(at - exact) / unit, (error + DELTA * least) / low, fine, entry
        )
        return np.asarray(fine)

    def _inside(self, got: Array) -> Array:
        limits = self.judge.range
        if limits is None:
            return np.ones(got.shape, bool)
        return np.asarray((limits[0] <= got) & (got <= limits[1]))

    def _enter(
        self, pairs: Array, ends: Array, got: Array, ulps: Array, ratios: Array, fine: Array,
        entry: int,
    ) -> None:  # fmt: skip
        """Enter the settled runs: all within half an ulp."""
        if not fine.any():
            return
        self.tally.count([0] * len(EDGES), RUN * int(np.count_nonzero(fine)))
        row, end = divmod(int(np.argmax(np.where(fine[:, None], ulps, -1))), 2)
        at = self._place(pairs, int(ends[row, end]), entry, float(got[row, end]))
        self.tally.saw_ulp(float(ulps[row, end]), at)
        row = int(np.argmax(np.where(fine, ratios, -1)))
        index = int(ends[row, int(np.argmax(np.abs(ulps[row])))])
        self._candidate(float(ratios[row]), pairs[index], entry, float(got[row, 0]))

    def _candidate(self, ratio: float, x: Array, entry: int, got: float) -> None:
        """Keep a result for its own ratio, if the largest may be there."""
        self.tally.ratio_limit = max(self.tally.ratio_limit, ratio)
        if ratio > _NEARLY * self._upper:
            self._upper = max(self._upper, ratio)
            self._candidates.append((x.copy(), entry, got))

    def _compare(self, pairs: Array, d: Array, wide: Array, rows: Array, entry: int) -> None:
        """Results one by one, against the lower bound; what exceeds it is judged by its own."""
        x, got, at = pairs[rows], wide[rows, entry], d[rows]
        exact = self._exact(x, at, entry)
        unit = ulp(exact, self.judge.fmt)
        error = np.abs(got - exact)
        low = self.floor.at(at, entry, exact)
        near = ~(error + DELTA * unit <= low) | ~self._inside(got)
        ulps = error / unit
        for edge in EDGES:
            near |= np.abs(ulps - edge) <= DELTA
        self._doubtful(x[near], wide[rows[near]], entry)
        sure = ~near
        if not sure.any():
            return
        ulps = np.where(sure, ulps, -1)
        self.tally.count(slots(ulps[sure]).tolist(), int(np.count_nonzero(sure)))
        i = int(np.argmax(ulps))
        self.tally.saw_ulp(float(ulps[i]), self._place(x, i, entry, float(got[i])))
        ratios = np.where(sure, (error + DELTA * unit) / low, -1)
        i = int(np.argmax(ratios))
        self._candidate(float(ratios[i]), x[i], entry, float(got[i]))

    def _exact(self, x: Array, d: Array, entry: int) -> Array:
        if self.judge.target.anchored:
            return self.judge.exact(x)[:, entry]
        return self.judge.target.curves[entry].value(d)

    def _doubtful(self, x: Array, got: Array, entry: int) -> None:
        if len(x):
            account(self.judge, self.tally, np.ascontiguousarray(x), got, only=entry)

    def finish(self) -> None:
        """Give the candidates their own ratio."""
        if not self._candidates:
            return
        inputs, entries, got = zip(*self._candidates, strict=True)
        x = np.stack(inputs)
        results = np.repeat(np.array(got)[:, None], len(self.judge.target.curves), axis=1)
        ratios = judged(self.judge, x, results).ratios[0][np.arange(len(x)), entries]
        for i in np.flatnonzero(ratios == ratios.max()).tolist():
            self.tally.saw_ratio(float(ratios[i]), self._place(x, i, entries[i], got[i]))
        self._candidates.clear()

    def _place(self, x: Array, i: int, entry: int, got: float) -> Place:
        return Place(at=tuple(int(v) for v in x[i].view(np.uint16)), entry=entry, got=to_hex(got))
