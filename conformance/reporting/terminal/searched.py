"""What a search for worse errors gained, in a line for each implementation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.records.grouping import grouped
from conformance.records.results import Number, Result
from conformance.reporting.signs import plural

#: Growth that is told: below it a worse input has the same cause.
_MORE = 1.05


def searched(results: Sequence[Result]) -> Iterator[str]:
    """numpy: 3,200 steps in 16 cases: 0.31 -> 0.34 of the bound at most; ..."""
    by_name = grouped((r.implementation, r) for r in results if r.search is not None)
    for name, found in by_name.items():
        steps = sum(r.search.steps for r in found if r.search)
        yield f"{name}: {steps:,} steps in {plural(len(found), 'case')}{_gained(found)}"


def _gained(found: Sequence[Result]) -> str:
    """The case that came furthest, and how many others gained."""
    gained = [
        r for r in found if r.search and _size(r.search.after) > _MORE * _size(r.search.before)
    ]
    if not gained:
        return ", nothing worse was found"
    worst = max(gained, key=lambda r: _size(r.search.after) if r.search else 0)
    assert worst.search is not None
    before, after = _size(worst.search.before), _size(worst.search.after)
    more = f"; worse in {len(gained) - 1} more" if len(gained) > 1 else ""
    return f": {worst.invariant} {worst.dtype} from {before:.2f} to {after:.2f} bounds{more}"


def _size(value: Number) -> float:
    return float(value)
