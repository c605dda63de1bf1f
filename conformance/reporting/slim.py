"""A report small enough to keep and send: what breaks, and what comes closest to a bound."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from conformance.records import storage
from conformance.records.deviations import key
from conformance.records.results import (
    Accuracy,
    Counterexample,
    ImplementationInfo,
    LawRecord,
    Report,
    Result,
)
from conformance.reporting.multiples import BINS, coarse, rounded
from conformance.reporting.signs import state_of, worst
from conformance.reporting.verdicts import verdicts

T = TypeVar("T")

#: Values that a counterexample has at most if it is kept.
_VALUES = 8
_TOLD = ("fail", "error", "missed", "deviation", "known", "stale")
#: Bounds of normal results are a few ulp; those of subnormal ones have 1 / u ulp for underflow.
_NORMAL = 100.0
#: The quantity of `Accuracy` that is the function itself.
VALUE = "value"


def slim(report: Report) -> Report:
    """Of each implementation, function and format what comes closest to a bound, and what breaks.

    That is: the must law with the largest error / bound of those that hold, and the worst case of
    each law that is not held. The verdicts are those of the whole report; the folders and the
    kernel of the machine are left out.
    """
    verdict = {v.info.name: v for v in verdicts(report)}
    inaccurate = _inaccurate(report.results)
    results = [*_results(report.results), *_choices(report.choices)]
    kept = {r.invariant for r in results}
    return msgspec.structs.replace(
        report,
        environment={k: v for k, v in report.environment.items() if k != "release"},
        settings={"date": datetime.date.today().isoformat()} | report.settings,
        implementations=[
            msgspec.structs.replace(
                i,
                verdict=verdict[i.name].words,
                file=verdict[i.name].file,
                functions={},
                deviations=_met(i, results),
            )
            for i in report.implementations
        ],
        laws=[_short(law) for law in report.laws if law.id in kept],
        results=results,
        accuracy=[_outline(a, inaccurate) for a in report.accuracy if a.quantity == VALUE],
        limits=_one_each(
            [msgspec.structs.replace(x, first="", said=x.said[:60]) for x in report.limits],
            lambda x: (x.implementation, x.function, x.kind),
        ),
    )


def _met(info: ImplementationInfo, results: Iterable[Result]) -> dict[str, str]:
    """What is declared and was met."""
    met = {key(info.deviations, r.invariant, r.dtype) for r in results
           if r.implementation == info.name and r.outcome == "deviation"}  # fmt: skip
    return {law: why for law, why in info.deviations.items() if law in met}


def _results(results: Iterable[Result]) -> list[Result]:
    told: dict[tuple[str, ...], list[Result]] = {}
    held: dict[tuple[str, ...], list[Result]] = {}
    for r in results:
        subject = (r.implementation, r.function, r.dtype)
        if state_of(r) in _TOLD:
            told.setdefault((*subject, r.invariant), []).append(r)
        elif r.level == "must" and r.outcome == "pass":
            held.setdefault(subject, []).append(r)
    closest = [_told(worst(of) or of[0]) for of in held.values()]
    return closest + _lean([worst(of) or of[0] for of in told.values()])


def _told(r: Result) -> Result:
    """What a page shows of a law that holds, or of a choice."""
    return msgspec.structs.replace(r, worst="", seconds=0.0)


def _lean(results: Sequence[Result]) -> list[Result]:
    """Without the arrays that no page shows: of each law the smallest input in one format."""
    shown: dict[tuple[str, ...], Result] = {}
    for r in sorted(results, key=lambda r: -r.excess):
        if r.counterexample is not None and _size(r.counterexample) <= _VALUES:
            shown.setdefault(_place(r), r)
    return [
        _bare(r, r.counterexample if shown.get(_place(r)) is r else None, _place(r) in shown)
        for r in results
    ]


def _place(r: Result) -> tuple[str, ...]:
    return r.implementation, r.function, r.invariant


def _size(c: Counterexample) -> int:
    return sum(len(a.values) for a in c.arguments.values())


def _bare(r: Result, c: Counterexample | None, shown: bool) -> Result:
    """What is declared is told by the implementation's entry, not by each of its cases."""
    message = "" if r.outcome == "deviation" else r.message[:200]
    if c is not None:
        c = msgspec.structs.replace(c, first_shape=[])
    ratio = rounded(r.excess) if r.excess > 2 else r.ratio
    return msgspec.structs.replace(
        r,
        ratio=ratio,
        counterexample=c,
        message=message,
        worst="" if shown else r.worst,
        first=0,
        seconds=0.0,
    )


def _short(law: LawRecord) -> LawRecord:
    return LawRecord(id=law.id, level=law.level, functions=law.functions, says=law.says)


def _choices(choices: Iterable[Result]) -> list[Result]:
    """Conventions that were seen; not whether bits repeat, which depends on the machine."""
    told = [
        _told(r)
        for r in choices
        if not r.message.startswith(("not supported", "not seen"))
        and not re.search(r"/(bits-|takes-)", r.invariant)
    ]
    return _one_each(told, lambda r: (r.implementation, r.function, r.invariant, r.message))


def _one_each(records: Sequence[T], place: Callable[[T], Any]) -> list[T]:
    """The first of the records of each place."""
    found: dict[Any, T] = {}
    for record in records:
        found.setdefault(place(record), record)
    return list(found.values())


def _outline(a: Accuracy, inaccurate: set[tuple[str, ...]]) -> Accuracy:
    """Without its curves, but for a coarse one in float32.

    Of an accurate function the largest error is that where nothing underflows.
    """
    normal = [b.ulp for b in a.bins if b.bound_ulp != "inf" and b.bound_ulp <= _NORMAL]
    whole = len(a.bins) > BINS
    if whole and normal and (a.implementation, a.function, a.dtype) not in inaccurate:
        a = msgspec.structs.replace(a, ulp=max(normal, key=float))
    curve = coarse(a.bins) if a.dtype == "float32" else []
    return msgspec.structs.replace(a, histogram=[], bins=curve, binades=[], regions=[])


def _inaccurate(results: Iterable[Result]) -> set[tuple[str, ...]]:
    return {
        (r.implementation, r.function, r.dtype)
        for r in results
        if r.invariant.endswith("/accuracy") and state_of(r) in _TOLD[:-1]
    }


#: Keys whose values are the defaults when they are empty: a file may leave them out.
_OPTIONAL = {
    *("measured", "first", "worst", "given", "view", "index", "over"),
    *("message", "claim", "first_shape", "least", "search", "counterexample", "seconds"),
    *("options", "ratio_limit", "descents", "descent", "binades", "regions", "bins", "histogram"),
    *("note", "said", "reason", "form", "like", "inherited", "limits", "functions"),
    *("bound", "why", "source", "reveals", "right_in", "contrasts", "wrong", "expected", "allowed"),
}


def encoded(report: Report) -> bytes:
    """The JSON of a slim report: a results file without what readers take for granted."""
    return msgspec.json.encode(storage.encodable(_without_defaults(msgspec.to_builtins(report))))


def _without_defaults(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_defaults(v) for k, v in value.items() if v or k not in _OPTIONAL}
    return [_without_defaults(v) for v in value] if isinstance(value, list) else value
