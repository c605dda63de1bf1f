"""Judges one entry of one implementation's results over a binade, block by block.

A block whose results are all one number, or all ±x, is settled by its ends, because the exact value
is monotone there; the others are seen chunk by chunk (`conformance.sweep.chunks`).
"""

from __future__ import annotations

import math

import numpy as np

from conformance.examine.profile import EDGES
from conformance.floats import Array, to_hex
from conformance.sweep.chunks import CHUNK, BlockSheet, Chunks, Scratch
from conformance.sweep.elements import Oracle
from conformance.sweep.sheets import CELL, SHARD, Binade
from conformance.sweep.tallies import DELTA, Breaks, Totals

#: No float32 whose exact value and bound stay below this can round to infinity.
_OVERFLOW = 2.0**127


class Inputs:
    """The inputs of a binade's calls, for a caller's buffer, and of its blocks to compare with.

    An implementation may change its argument, so what it was given is made anew to compare with.
    """

    def __init__(self, binade: Binade, called: int, block: int) -> None:
        self._called, self._block = called, block
        self._pattern = np.arange(called, dtype=np.int32) + np.uint32(binade.start).astype(np.int32)
        self._again = np.empty(block, np.int32)

    def fill(self, call: int, buffer: Array) -> None:
        """Put a call's inputs into a buffer (n,) or the first column of (n, 2)."""
        bits = buffer.view(np.int32)
        step = np.int32(call * self._called)
        np.add(self._pattern, step, out=bits if bits.ndim == 1 else bits[:, 0])

    def again(self, block: int) -> Array:
        """A block's inputs."""
        np.add(self._pattern[: self._block], np.int32(block * self._block), out=self._again)
        return self._again.view(np.float32)


class BlockScan:
    """One entry of one implementation's results over one binade: `see` its blocks in turn."""

    def __init__(self, known: BlockSheet, oracle: Oracle, buffers: Scratch) -> None:
        self.known = known
        self.oracle = oracle
        self.binade: Binade = known.sheet.binade
        self.entry = known.sheet.entry
        self.tally = Totals()
        self.chunks = Chunks(known, oracle, self.tally, buffers)
        self._first: float | None = None
        self._last: float | None = None
        self._settled: list[tuple[int, float, float]] = []

    def see(self, block: int, results: Array, inputs: Inputs) -> None:
        """The results of a block, contiguous."""
        least, most = float(results.min()), float(results.max())
        self._order(block, results, least, most)
        if least == most:
            settled = self._constant(block, least, least)
        else:
            settled = self._copied(block, results, inputs)
        if settled:
            return
        if not math.isfinite(least + most) and self._lost(block, results):
            return
        self._outside(block, results, least, most)
        for start in range(0, len(results), CHUNK):
            self.chunks.see(block * self.known.block + start, results[start : start + CHUNK])

    def _copied(self, block: int, results: Array, inputs: Inputs) -> bool:
        """Settle a block whose results are its inputs, or their negatives."""
        first = self.known.sheet.binade.sizes(np.array([block * self.known.block]))[0]
        if abs(float(results[0])) != first:
            return False
        given = inputs.again(block)
        if results[0] != given[0]:
            given = -given
        return bool((results == given).all()) and self._constant(block, *_ends(given))

    def _constant(self, block: int, first: float, last: float) -> bool:
        """Settle a block by its ends; False if they do not settle it."""
        exact0, exact1, unit0, unit1, low = self.known.row(block)
        error0, error1 = abs(first - exact0), abs(last - exact1)
        unit = unit0 if unit0 < unit1 else unit1
        error = error0 if error0 > error1 else error1
        if not error + DELTA * unit <= min(low) or error > (0.5 - DELTA) * unit:
            return False
        if self.oracle.range and not self.oracle.range[0] <= first <= self.oracle.range[1]:
            return False
        self._settled.append((block, first, last))
        return True

    def _order(self, block: int, results: Array, least: float, most: float) -> None:
        """Count neighbours in the wrong order; no NaN counts."""
        first, last = float(results[0]), float(results[-1])
        if self._first is None:
            self._first = first
        low, high = (self._last, first) if self.known.rises else (first, self._last)
        if self._last is not None and low > high:  # type: ignore[operator]
            self._descend(block * self.known.block, 1, first)
        self._last = last
        if least == most:
            return
        with np.errstate(invalid="ignore"):
            a, b = results[:-1], results[1:]
            wrong = (a > b) if self.known.rises else (a < b)
            if wrong.any():
                at = int(np.argmax(wrong)) + 1
                start = block * self.known.block
                self._descend(start + at, int(np.count_nonzero(wrong)), float(results[at]))

    def _descend(self, index: int, count: int, got: float) -> None:
        self.tally.add(Totals(descents=count, descent_at=self.chunks.place(index, got)))

    def _lost(self, block: int, results: Array) -> bool:
        """Settle a block of NaN, or of one infinity, where neither is right."""
        if self.oracle.target.probabilities and not self.binade.exponent:
            return False  # a flushed subnormal probability has an infinite loss
        exact0, exact1, *_ = self.known.row(block)
        if not max(abs(exact0), abs(exact1)) < _OVERFLOW or bool(np.isfinite(results).any()):
            return False
        n, start = len(results), block * self.known.block
        self.tally.count([n] * len(EDGES), n)
        at = self.chunks.place(start, float(results[0]))
        self.tally.saw_ulp(math.inf, at)
        self.tally.saw_ratio(math.inf, at)
        for law in (*self.oracle.levels, "finite"):
            self.tally.breaks(law).add(Breaks(count=n, first=at, worst=at, ratio=math.inf))
        return True

    def _outside(self, block: int, results: Array, least: float, most: float) -> None:
        limits = self.oracle.range
        if limits is None or (limits[0] <= least and most <= limits[1]):
            return
        with np.errstate(invalid="ignore"):
            wrong = np.flatnonzero((results < limits[0]) | (results > limits[1]))
        hard = self.known.cells.hard[(block * self.known.block + wrong) // CELL]
        soft = wrong[~hard & np.isfinite(results[wrong])]  # `account` has the others
        if soft.size:
            far = soft[np.argmax(np.abs(results[soft].astype(np.float64)))]
            start = block * self.known.block
            at, worst = (
                self.chunks.place(start + int(i), float(results[i])) for i in (soft[0], far)
            )
            found = Breaks(count=soft.size, first=at, worst=worst)
            self.tally.breaks("range").add(found)

    def finish(self) -> Totals:
        """The tally of the binade."""
        self._finish_settled()
        self.chunks.decide()
        if self.chunks.candidates:
            index = np.array([i for i, _ in self.chunks.candidates])
            got = np.array([g for _, g in self.chunks.candidates])
            ratios = self.chunks.judged(index, got).ratios[0][:, self.entry]
            for i in np.flatnonzero(ratios == ratios.max()).tolist():
                at = self.chunks.place(int(index[i]), float(got[i]))
                self.tally.saw_ratio(float(ratios[i]), at)
        for level, law in enumerate(self.oracle.levels):
            self._worst_broken(level, law)
        if self._first is not None and self._last is not None:
            key = f"{self.binade.start >> 23:03x}/{self.entry}"
            self.tally.ends[key] = (to_hex(self._first), to_hex(self._last))
        return self.tally

    def _worst_broken(self, level: int, law: str) -> None:
        """The exact ratio of the worst break, which was chosen by a bound's upper end."""
        broken = self.tally.broken.get(law)
        if broken is None or broken.worst is None:
            return
        index = np.array([broken.worst.at[0] - self.binade.start])
        seen = self.chunks.judged(index, np.array([float.fromhex(broken.worst.got)]))
        broken.ratio = float(seen.ratios[level][0, self.entry])
        if level == 0:
            self.tally.saw_ratio(broken.ratio, broken.worst)

    def _finish_settled(self) -> None:
        """Blocks that their ends settled: all within half an ulp."""
        if not self._settled:
            return
        ends = self.known.ends
        blocks = np.array([block for block, *_ in self._settled])
        got = np.array([pair for _, *pair in self._settled])
        errors = np.abs(got - ends.exact[blocks])
        size = self.known.block
        self.tally.count([0] * len(EDGES), size * len(blocks))
        with np.errstate(all="ignore"):
            limit = (errors.max(axis=1) + DELTA * ends.unit[blocks].min(axis=1)) / ends.low[0][
                blocks
            ]
            in_ulp = errors / ends.unit[blocks]
        self.tally.ratio_limit = max(self.tally.ratio_limit, float(limit.max()))
        for values, keep in ((in_ulp, True), (errors / ends.low[0][blocks][:, None], False)):
            row, end = divmod(int(np.argmax(values)), 2)
            index = int(blocks[row] * size + end * (size - 1))
            if keep:
                self.tally.saw_ulp(
                    float(in_ulp[row, end]), self.chunks.place(index, float(got[row, end]))
                )
            else:
                self.chunks.candidates.append((index, float(got[row, end])))


def _ends(values: Array) -> tuple[float, float]:
    return float(values[0]), float(values[-1])


assert SHARD % CHUNK == 0
