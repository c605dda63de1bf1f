"""Declared deviations and limits: where each applies, and which no longer show.

A deviation is declared for a law, or for a law in one dtype: "sigmoid/accuracy@float16". It
may show in one dtype, mode or function only, so whether it is stale is judged over a whole run. A
declared limit is one for the laws of its kind, as long as no call meets it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from conformance.records.limit_kinds import law_of
from conformance.records.results import ImplementationInfo, Report, Result, expected

_Declared = tuple[str, str]  # implementation, law or law@dtype
#: Settings that leave out places where a deviation may show.
_PLACES = ("function", "dtype", "device", "mode")


def key(declared: Mapping[str, str], law: str, dtype: str) -> str:
    """The entry that speaks of a law in a dtype; the law itself if there is none."""
    narrow = f"{law}@{dtype}"
    return narrow if narrow in declared else law


def reason(declared: Mapping[str, str], law: str, dtype: str) -> str:
    """Why a law is broken on purpose in a dtype; empty if that is not declared."""
    return declared.get(key(declared, law, dtype), "")


def settled(report: Report) -> Report:
    """The report with the outcome `stale` for deviations that were looked for everywhere and held.

    Only a thorough run looks everywhere: a deviation may need inputs that others have not. A run
    that was cut off, or that was told to leave out functions, dtypes, devices or modes, claims
    nothing either; nor is a law claimed that some case leaves undecided.
    """
    reasons = _reasons(report)
    gone = set(_gone(report, reasons)) if _whole(report) and _thorough(report) else set()
    for name, kind in unmet(report):
        reasons[name, _spelled(kind)] = _limits(report)[name][kind]
        gone.add((name, _spelled(kind)))
    entries = _entries(report)
    shown = {entry for entry, r in entries if r.outcome == "deviation"}
    results = [_marked(r, entry, reasons, gone, shown) for entry, r in entries]
    return msgspec.structs.replace(report, results=results)


def _reasons(report: Report) -> dict[_Declared, str]:
    """What is declared, and why; of what another declares nothing is claimed."""
    return {
        (i.name, law): why
        for i in report.implementations
        for law, why in i.deviations.items()
        if law not in i.inherited
    }


def stale(report: Report) -> dict[str, list[str]]:
    """Implementation -> the declared laws that no longer show."""
    declared = {i.name: i.deviations for i in report.implementations}
    found: dict[str, list[str]] = {}
    for (name, entry), r in _entries(report):
        if r.outcome == "stale" and entry in declared.get(name, {}):
            laws = found.setdefault(name, [])
            laws += [entry] if entry not in laws else []
    for name, kind in unmet(report):
        found.setdefault(name, []).append(_spelled(kind))
    return found


def unmet(report: Report) -> list[_Declared]:
    """The kinds of limits that are declared, and that no call of a whole run has met.

    A quick run has too few sizes and layouts to say so, and no call meets what is not asked for.
    """
    if not _whole(report) or report.settings.get("effort") == "quick":
        return []
    met = {(x.implementation, x.kind) for x in report.limits}
    asked = {
        (r.implementation, r.invariant.partition("/")[2]) for r in report.results if r.examined
    }
    return [
        (name, kind)
        for name, kinds in _limits(report).items()
        for kind in kinds
        if kind != "derivatives" and (name, kind) not in met and (name, law_of(kind)) in asked
    ]


def _limits(report: Report) -> dict[str, dict[str, str]]:
    return {i.name: i.limits for i in report.implementations}


def _spelled(kind: str) -> str:
    return f"LIMITS[{kind!r}]"


def lines(report: Report) -> list[str]:
    """A line for each implementation that declares what no longer shows, or improves on another."""
    return [
        *(
            f"↻ {name}: stale, shows nowhere in this run: {', '.join(laws)}"
            for name, laws in stale(report).items()
        ),
        *(
            f"{name}: {count} declared deviation{'s' * (count > 1)} not met at this effort"
            for name, count in _not_met(report).items()
        ),
        *(
            f"{i.name} holds, unlike {i.like}: {', '.join(laws)}"
            for i in report.implementations
            if (laws := _improved(report, i))
        ),
    ]


def _improved(report: Report, info: ImplementationInfo) -> list[str]:
    """The laws that an implementation keeps where the one that it replaces declares not to."""
    outcomes: dict[str, set[str]] = defaultdict(set)
    for (name, entry), r in _entries(report):
        if name == info.name and entry in info.inherited and r.outcome != "unsupported":
            outcomes[entry].add(r.outcome)
    return [entry for entry in info.inherited if outcomes.get(entry) == {"pass"}]


def _entries(report: Report) -> list[tuple[_Declared, Result]]:
    """Each result with the entry that speaks of it, or would."""
    infos = {i.name: i for i in report.implementations}
    return [((r.implementation, _entry(infos.get(r.implementation), r)), r) for r in report.results]


def _entry(info: ImplementationInfo | None, r: Result) -> str:
    if info is None:
        return r.invariant
    found = key(info.deviations, r.invariant, r.dtype)
    kind = next((k for k in info.limits if law_of(k) == r.invariant.partition("/")[2]), "")
    return _spelled(kind) if kind and found not in info.deviations else found


def _not_met(report: Report) -> dict[str, int]:
    """Implementation -> how many deviations a whole run that is not thorough has not met."""
    if _thorough(report) or not _whole(report):
        return {}
    return Counter(name for name, _ in _gone(report, _reasons(report)))


def _thorough(report: Report) -> bool:
    return report.settings.get("effort", "thorough") == "thorough"


def _whole(report: Report) -> bool:
    return report.complete and not any(report.settings.get(name) for name in _PLACES)


def _gone(report: Report, reasons: dict[_Declared, str]) -> Iterator[_Declared]:
    outcomes: dict[_Declared, set[str]] = defaultdict(set)
    for entry, r in _entries(report):
        if r.level != "may" and r.outcome != "unsupported" and entry in reasons:
            outcomes[entry].add(r.outcome)
    return (declared for declared, found in outcomes.items() if found <= {"pass", "stale"})


def _marked(
    r: Result, entry: _Declared, reasons: dict[_Declared, str], gone: set[_Declared],
    shown: set[_Declared],
) -> Result:  # fmt: skip
    """The result as its deviation leaves it; what shows elsewhere in a report is not stale."""
    if r.outcome == "pass" and entry in gone:
        return expected(r, "deviation", f"declared: {reasons[entry]}")
    if r.outcome == "stale" and entry in reasons and entry in shown:
        return msgspec.structs.replace(r, outcome=r.found, measured=None, message="")
    return r
