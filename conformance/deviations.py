"""Declared deviations that no longer show.

A deviation may show in one dtype, mode or function only, so this is judged over a whole run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from conformance.results import Report, Result

_Declared = tuple[str, str]  # implementation, clause
#: Settings that leave out places where a deviation may show.
_PLACES = ("function", "dtype", "device", "mode")


def settled(report: Report) -> Report:
    """The report with the outcome `stale` for deviations that were looked for everywhere and held.

    A run that was cut off, or that was told to leave out functions, dtypes, devices or modes,
    claims nothing; a clause that some case leaves undecided is not claimed either.
    """
    reasons = {
        (i.name, law): why for i in report.implementations for law, why in i.deviations.items()
    }
    gone = set(_gone(report, reasons)) if _whole(report) else set()
    shown = {_of(r) for r in report.results if r.outcome == "deviation"}
    results = [_marked(r, reasons, gone, shown) for r in report.results]
    return msgspec.structs.replace(report, results=results)


def stale(report: Report) -> dict[str, list[str]]:
    """Implementation -> the declared clauses that no longer show."""
    declared = {i.name: i.deviations for i in report.implementations}
    found: dict[str, list[str]] = {}
    for r in report.results:
        if r.outcome == "stale" and r.invariant in declared.get(r.implementation, {}):
            laws = found.setdefault(r.implementation, [])
            laws += [r.invariant] if r.invariant not in laws else []
    return found


def lines(report: Report) -> list[str]:
    """A line for each implementation that declares what no longer shows."""
    return [
        f"↻ {name}: stale, the entry can go: {', '.join(laws)}"
        for name, laws in stale(report).items()
    ]


def _of(result: Result) -> _Declared:
    return result.implementation, result.invariant


def _whole(report: Report) -> bool:
    return report.complete and not any(report.settings.get(name) for name in _PLACES)


def _gone(report: Report, reasons: dict[_Declared, str]) -> Iterator[_Declared]:
    outcomes: dict[_Declared, set[str]] = defaultdict(set)
    for r in report.results:
        if r.level != "may" and r.outcome != "unsupported" and _of(r) in reasons:
            outcomes[_of(r)].add(r.outcome)
    return (declared for declared, found in outcomes.items() if found <= {"pass", "stale"})


def _marked(
    r: Result, reasons: dict[_Declared, str], gone: set[_Declared], shown: set[_Declared]
) -> Result:
    """The result as its deviation leaves it; what shows elsewhere in a report is not stale."""
    if r.outcome == "pass" and _of(r) in gone:
        return msgspec.structs.replace(r, outcome="stale", message=f"declared: {reasons[_of(r)]}")
    if r.outcome == "stale" and _of(r) in reasons and _of(r) in shown:
        return msgspec.structs.replace(r, outcome="pass", message="")
    return r
