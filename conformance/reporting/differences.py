"""Where implementations differ, in words: *may* laws, deviations, laws that only some keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.reporting.signs import figure, state, state_of, worst
from conformance.reporting.verdicts import Verdict, places
from conformance.results import Behaviour, Report, Result


@dataclass(frozen=True, slots=True)
class Difference:
    """One law, and what each implementation does, in the order of the verdicts."""

    function: str
    law: str
    says: str
    kind: str
    words: tuple[tuple[str, ...], ...]


def differences(report: Report, verdicts: Sequence[Verdict]) -> list[Difference]:
    """Laws that some break, first; then what the spec leaves open and is done differently."""
    return [*_kept_by_some(report, verdicts), *_open(report, verdicts)]


def _kept_by_some(report: Report, verdicts: Sequence[Verdict]) -> list[Difference]:
    says = {law.id: law.says for law in report.laws}
    cases: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for r in report.results:
        if r.level != "may":
            cases[r.function, r.invariant].append(r)
    found = []
    for (function, law), of in cases.items():
        own = [[r for r in of if r.implementation == v.info.name] for v in verdicts]
        kinds = {state(group) for group in own} - {"none", "unsupported", "vacuous"}
        if len(kinds) > 1 or "deviation" in kinds:
            words = tuple(_done(group) for group in own)
            found.append(Difference(function, law, says.get(law, ""), of[0].level, words))
    return found


def _done(cases: Sequence[Result]) -> tuple[str, ...]:
    """What one implementation makes of a law: each state with its places."""
    by: dict[str, list[Result]] = defaultdict(list)
    for r in cases:
        by[state_of(r)].append(r)
    if not by:
        return ("not examined",)
    whole = len(by) == 1
    return tuple(
        _sentence(kind, of) + ("" if whole else f" in {places(of)}") for kind, of in by.items()
    )


def _sentence(kind: str, cases: Sequence[Result]) -> str:
    top = worst(cases)
    size = f"{figure(top.ratio)} × the bound" if top else ""
    reason = next((r.message.strip().splitlines()[0] for r in cases if r.message.strip()), "")
    if kind in ("fail", "missed"):
        return f"breaks it, {size}" if size else "breaks it"
    if kind == "deviation":
        return f"declared: {reason}" + (f" ({size})" if size else "")
    if kind in ("pass", "stale"):
        return "holds"
    said = {"error": "raises", "unsupported": "does not have it", "known": "known failure"}
    words = said.get(kind, "not exercised")
    return f"{words}: {reason}" if reason else words


def _open(report: Report, verdicts: Sequence[Verdict]) -> list[Difference]:
    """May laws with different words; all of them if there is one implementation only."""
    says = {law.id: law.says for law in report.laws}
    found = []
    for (function, law), of in _by_law(report.behaviours).items():
        own = [_words([b for b in of if b.implementation == v.info.name]) for v in verdicts]
        if len(verdicts) == 1 or len({words for words in own if words}) > 1:
            words = tuple(w or ("not examined",) for w in own)
            found.append(Difference(function, law, says.get(law, ""), "may", words))
    return found


def _by_law(behaviours: Iterable[Behaviour]) -> dict[tuple[str, str], list[Behaviour]]:
    found: dict[tuple[str, str], list[Behaviour]] = defaultdict(list)
    for b in behaviours:
        found[b.function, b.invariant].append(b)
    return found


def _words(behaviours: Sequence[Behaviour]) -> tuple[str, ...]:
    """What is done, with the places where that is not everywhere the same."""
    by: dict[str, list[Behaviour]] = defaultdict(list)
    for b in behaviours:
        by[b.words].append(b)
    if len(by) == 1:
        return tuple(by)
    return tuple(f"{words} in {_places(of)}" for words, of in by.items())


def _places(behaviours: Sequence[Behaviour]) -> str:
    axes = (dict.fromkeys(getattr(b, a) for b in behaviours) for a in ("dtype", "mode"))
    return " · ".join(", ".join(names) for names in axes)
