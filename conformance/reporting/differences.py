"""How implementations differ, in words: *may* laws, deviations, laws that only some keep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from conformance.records.grouping import grouped
from conformance.records.results import Report, Result
from conformance.reporting.signs import figure, state, state_of, worst
from conformance.reporting.verdicts import Verdict

_AXES = ("dtype", "mode", "device")


@dataclass(frozen=True, slots=True)
class Contrast:
    """Laws of one function, and what each implementation does, in the order of the verdicts.

    Several laws share a row where the same is said of all of them.
    """

    function: str
    laws: tuple[tuple[str, str, str], ...]  # level, id, what it says
    words: tuple[tuple[str, ...], ...]


def differences(report: Report, verdicts: Sequence[Verdict]) -> list[Contrast]:
    """Laws that some break, first; then what the spec leaves open and is done differently."""
    return list(_merged([*_kept_by_some(report, verdicts), *_open(report, verdicts)]))


def _merged(found: Iterable[Contrast]) -> Iterator[Contrast]:
    """Rows of one function that say the same, as one."""
    for first, *rest in grouped(((d.function, d.words), d) for d in found).values():
        laws = first.laws + tuple(law for d in rest for law in d.laws)
        yield Contrast(first.function, laws, first.words)


def _kept_by_some(report: Report, verdicts: Sequence[Verdict]) -> Iterator[Contrast]:
    says = {law.id: law.says for law in report.laws}
    cases = _by_law(r for r in report.results if r.level != "may")
    for (function, law), of in cases.items():
        own = [[r for r in of if r.implementation == v.info.name] for v in verdicts]
        kinds = {state(group) for group in own} - {"none", "unsupported", "vacuous"}
        if len(kinds) > 1 or "deviation" in kinds:
            words = tuple(_done(group) for group in own)
            yield Contrast(function, ((of[0].level, law, says.get(law, "")),), words)


def _done(cases: Sequence[Result]) -> tuple[str, ...]:
    """What one implementation makes of a law: each state with its places."""
    by = grouped((state_of(r), r) for r in cases)
    if not by:
        return ("not examined",)
    return tuple(_sentence(kind, of) + _where(of, cases) for kind, of in by.items())


def _sentence(kind: str, cases: Sequence[Result]) -> str:
    top = worst(cases)
    size = f"{figure(top.ratio)} × the bound" if top else ""
    reason = next((r.message.strip().splitlines()[0] for r in cases if r.message.strip()), "")
    if kind in ("fail", "missed"):
        return f"breaks it, {size}" if size else "breaks it"
    if kind == "deviation":
        return f"declared: {reason}"
    if kind == "pass":
        return "holds"
    if kind == "stale":
        return "holds, though expected to fail"
    said = {"error": "raises", "unsupported": "does not have it", "known": "known failure"}
    words = said.get(kind, "not exercised")
    return f"{words}: {reason}" if reason else words


def _open(report: Report, verdicts: Sequence[Verdict]) -> Iterator[Contrast]:
    """May laws with different words; all of them if there is one implementation only."""
    says = {law.id: law.says for law in report.laws}
    for (function, law), of in _by_law(report.choices).items():
        own = [_words([b for b in of if b.implementation == v.info.name]) for v in verdicts]
        if len(verdicts) == 1 or len({words for words in own if words} - {_UNSEEN}) > 1:
            words = tuple(w or ("not examined",) for w in own)
            yield Contrast(function, (("may", law, says.get(law, "")),), words)


def _by_law(cases: Iterable[Result]) -> dict[tuple[str, str], list[Result]]:
    return grouped(((r.function, r.invariant), r) for r in cases)


def _words(cases: Sequence[Result]) -> tuple[str, ...]:
    """What is done, with the places where that is not everywhere the same."""
    by = grouped((_uncounted(r.message), r) for r in cases)
    return tuple(words + _where(of, cases) for words, of in by.items())


#: What is told of a may law that no example exercised.
_UNSEEN = ("not seen",)


def _uncounted(words: str) -> str:
    """The words without numbers of examples, which differ with the examples there were."""
    words = re.sub(r"in all \d+ examples", "in all examples", words)
    return re.sub(r"in \d+ of \d+ examples", "in some examples", words)


def _where(some: Sequence[Result], all_: Sequence[Result]) -> str:
    """The dtypes, modes and devices of some cases, where they are not those of all."""
    if len(some) == len(all_):
        return ""
    own = [tuple(dict.fromkeys(getattr(case, axis) for case in some)) for axis in _AXES]
    whole = [tuple(dict.fromkeys(getattr(case, axis) for case in all_)) for axis in _AXES]
    told = [", ".join(o) for o, w in zip(own, whole, strict=True) if set(o) != set(w)]
    return f" in {' · '.join(told)}" if told else " in some cases"
