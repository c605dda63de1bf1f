"""A finding by sign and exponent: rows of a table, regions of failing inputs, bins of a plot."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from conformance.examine.profile import BINS
from conformance.floats import FORMATS, Array, to_hex
from conformance.records.results import Bin, BinadeRow, Number, Region, number
from conformance.sweep.tallies import Breaks, Place
from conformance.sweep.verdicts import Finding, text_of


def text(finding: Finding, place: Place | None) -> str:
    """An input, without the zero that completes (x, 0)."""
    if place is None:
        return ""
    return text_of(finding.job.dtype, place.at[:1])


def _span(f: Finding, head: str) -> tuple[Array, int]:
    """The smallest and largest input, by size, of a sign and exponent; the bits of the first."""
    fmt = FORMATS[f.job.dtype]
    mantissa = fmt.precision - 1
    start = int(head, 16) << mantissa
    ends = np.array([start, start + (1 << mantissa) - 1], f"u{fmt.bits // 8}")
    return ends.view(fmt.dtype), start


def row(f: Finding, head: str) -> BinadeRow:
    """The row of a sign and exponent."""
    ends, _ = _span(f, head)
    b = f.tally.binades[head]
    return BinadeRow(
        low=to_hex(ends[0]), high=to_hex(ends[1]), count=b.judged, correct=b.correct,
        ulp=_short(b.ulp), bound_ulp=_short(b.bound_ulp),
    )  # fmt: skip


def regions(f: Finding) -> Iterator[Region]:
    """Where laws break."""
    for head in sorted(f.tally.binades):
        ends, _ = _span(f, head)
        for law, broken in sorted(f.tally.binades[head].broken.items()):
            yield _region(f, law, broken, to_hex(ends[0]), to_hex(ends[1]))
    for law, broken in sorted(f.tally.broken.items()):
        if law not in ("must", "should"):
            yield _region(f, law, broken, "", "")


def _region(f: Finding, law: str, broken: Breaks, low: str, high: str) -> Region:
    return Region(
        invariant=f.law_id(law), low=low, high=high, count=broken.count,
        first=text(f, broken.first), worst=text(f, broken.worst),
        ratio=number(broken.ratio) or 0.0,
    )  # fmt: skip


def bins(f: Finding) -> list[Bin]:
    """The curve of the report's plot: equal slices of the ordered axis."""
    fmt = FORMATS[f.job.dtype]
    slices: dict[int, list[str]] = {}
    for head in f.tally.binades:
        _, start = _span(f, head)
        top = 1 << (fmt.bits - 1)
        key = start if start < top else top - start - (1 << (fmt.precision - 1))
        slices.setdefault((key >> (fmt.bits - 8)) + BINS // 2, []).append(head)
    return [_bin(f, slices[slot]) for slot in sorted(slices)]


def _bin(f: Finding, heads: list[str]) -> Bin:
    ends = sorted(
        (float(v) for head in heads for v in _span(f, head)[0]),
        key=lambda v: (v, math.copysign(1.0, v)),
    )
    rows = [f.tally.binades[head] for head in heads]
    return Bin(
        low=to_hex(ends[0]), high=to_hex(ends[-1]), ulp=_short(max(r.ulp for r in rows)),
        bound_ulp=_short(max(r.bound_ulp for r in rows)),
    )  # fmt: skip


def _short(value: float) -> Number:
    return number(float(f"{value:.4g}")) or 0.0
