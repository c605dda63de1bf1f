"""The verdict on one implementation: a sentence, and the cells that sum up its cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import PurePath

from conformance.model import GRADES
from conformance.objects.places import beside, is_object
from conformance.records.grouping import grouped
from conformance.records.limit_kinds import KINDS
from conformance.records.results import (
    OURS,
    ImplementationInfo,
    LimitRecord,
    Report,
    Result,
    amount,
)
from conformance.reporting.limits import takes
from conformance.reporting.signs import (
    STATES,
    counts,
    figure,
    listed,
    manner,
    plural,
    state,
    state_of,
    worst,
)
from conformance.reporting.terminal.causes import causes
from conformance.reporting.unexamined import unjudged

#: As many as the style sheet tells apart; a seventh implementation shares the first one's.
COLOURS = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """Several cases in a word: state, sign and worst error / bound of must laws, and a note.

    `should` counts the cases in which a should law is missed, or raises; it is empty where there
    are none, or where no must law is among the cases and the rest of the cell speaks of them.
    """

    state: str
    sign: str
    text: str
    should: str = ""
    note: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One implementation: its state, one sentence, and (sign, words, cases) by state."""

    info: ImplementationInfo
    colour: int
    state: str
    words: str
    counts: tuple[tuple[str, str, str, int], ...]

    @property
    def sign(self) -> str:
        """The sign of its state."""
        return STATES[self.state][0]

    @property
    def version(self) -> str:
        """The version of its library."""
        return self.info.version

    @property
    def file(self) -> str:
        """Its file, without the folders of the machine where it was examined."""
        if is_object(self.info.file):
            return beside(self.info.file)
        path = PurePath(self.info.file)
        return "/".join(path.parts[-2:]) if path.is_absolute() else self.info.file


def cell(results: Sequence[Result], *, noted: bool = False) -> Cell:
    """A cell for these cases. `noted`: with the number of cases by state.

    The number is that of must laws, so that a function which keeps them all shows how much of the
    bounds it uses, and no error that a should law alone forbids.
    """
    judged = [r for r in results if r.level == "must"] or results
    apart = [] if judged is results else [r for r in results if _missed(r)]
    found = state(judged)
    top = worst(_decisive(found, judged))
    rest = [r for r in results if not (apart and _missed(r))]
    return Cell(
        state=found,
        sign=STATES[found][0],
        text=_failed(judged) if found == "error" else figure(top.ratio) if top else "",
        should=_counted(apart),
        note=_counted(rest) if noted else "",
        title="; ".join(filter(None, (_title(found, top), _missing(apart)))),
    )


def _failed(results: Sequence[Result]) -> str:
    words = {manner(r)[0] for r in results if state_of(r) == "error"}
    return words.pop() if len(words) == 1 else "raises"


def _missed(r: Result) -> bool:
    return r.level == "should" and r.fails


def _counted(results: Sequence[Result]) -> str:
    """The number of cases by state, but for those that say nothing."""
    told = [(s, n) for s, n in counts(results) if s not in ("open", "unsupported")]
    return " ".join(f"{STATES[s][0]}{n}" for s, n in told)


def _missing(missed: Sequence[Result]) -> str:
    laws = list(dict.fromkeys(r.invariant for r in missed))
    return f"misses {plural(len(laws), 'should law')}: {listed(laws)}" if laws else ""


def _decisive(found: str, results: Sequence[Result]) -> list[Result]:
    """The cases whose error counts: those in this state if it is one of failure."""
    if found in ("fail", "error", "missed", "known", "deviation"):
        return [r for r in results if state_of(r) == found]
    return [r for r in results if r.level != "may" and r.examined]


def _title(found: str, top: Result | None) -> str:
    said = STATES[found][1]
    if top is None:
        return said
    return f"{said}; largest error / bound {figure(top.ratio)}: {top.invariant}, {place(top)}"


def place(result: Result) -> str:
    """float16 · jit · cpu, what is usual left out."""
    parts = [result.dtype, result.mode, result.device]
    return " ".join(p for p in parts if p not in ("eager", "cpu"))


def places(results: Iterable[Result]) -> str:
    """The dtypes, modes and devices of several cases, each named once."""
    cases = list(results)
    axes = (dict.fromkeys(getattr(r, a) for r in cases) for a in ("dtype", "mode", "device"))
    return " · ".join(", ".join(names) for names in axes)


def verdicts(report: Report) -> list[Verdict]:
    """One verdict per implementation, in the report's order."""
    infos = {info.name: info for info in report.implementations}
    for result in report.results:
        name = result.implementation
        infos.setdefault(name, ImplementationInfo(name=name, file="", backend=""))
    limits = grouped((x.implementation, x) for x in report.limits)
    cases = grouped((r.implementation, r) for r in report.results)
    grade = report.settings.get("grade", "")
    return [
        Verdict(
            info=info,
            colour=index % COLOURS,
            state=state(r for r in own if r.level == "must"),
            words=info.verdict or sentence(own, report.complete, limits.get(name, ()), grade),
            counts=tuple((s, *STATES[s], n) for s, n in counts(own)),
        )
        for index, (name, info) in enumerate(infos.items())
        for own in [cases.get(name, [])]
    ]


def sentence(
    results: Sequence[Result], complete: bool = True, limits: Sequence[LimitRecord] = (),
    grade: str = "",
) -> str:  # fmt: skip
    """The verdict on one implementation in a sentence, with what it takes.

    `grade` is that of the run: of another one it is said if the same numbers pass it.
    """
    must = [r for r in results if r.level == "must"]
    judged = [r for r in must if r.examined]
    if not judged:
        return f"Not examined: {'; '.join(_ours(results)) or _unexercised(results)}."
    broken = [r for r in judged if r.fails]
    words = _breaks(broken) if broken else _conforms(judged)
    so_far = "" if complete else "As far as the run came: "
    told = [takes(limits, results), _unjudged(results)]
    return so_far + "; ".join([words, *_further(results, grade), *filter(None, told)]) + "."


def _laws(results: Iterable[Result]) -> int:
    return len({r.invariant for r in results})


def _breaks(broken: Sequence[Result]) -> str:
    if words := _silent(broken):
        return words
    functions = listed(dict.fromkeys(r.function for r in broken))
    failing = [r for r in broken if r.outcome == "fail"]
    words = f"Does not conform: breaks {plural(_laws(broken), 'must law')} in {functions}"
    if worst(failing) is None:
        return f"{words}, by {_manner(broken)}"
    first = causes(broken)[0]
    if first.shown.outcome == "error":
        return f"{words}, chiefly by {_manner(first.cases)}"
    top, c = worst(first.same) or first.shown, first.shown.counterexample
    most = max(top.excess, amount(c.over) if c is not None and c.over is not None else 0)
    by = f", by up to {figure(most)} times the bound" if 1 < most < inf else ""
    chiefly = "chiefly " if _laws(broken) > 1 else ""
    return f"{words}, {chiefly}{top.invariant} ({place(top)}){by}"


def _unexercised(results: Sequence[Result]) -> str:
    """That no must law was exercised, and why; of a single law, which is not."""
    said = dict.fromkeys((r.invariant, r.message) for r in results if not r.examined and r.message)
    if len(said) == 1:
        return "no must law was exercised (" + ": ".join(next(iter(said))) + ")"
    return "; ".join(dict.fromkeys(unjudged(results).values())) or "no must law was exercised"


def _unjudged(results: Sequence[Result]) -> str:
    """Which functions nothing is said of, where others are judged."""
    functions = unjudged(results)
    are = "is" if len(functions) == 1 else "are"
    return f"{listed(functions)} {are} not examined" if functions else ""


def _manner(broken: Sequence[Result]) -> str:
    """How laws are broken of which no number says by how much."""
    ways = {manner(r) for r in broken if r.outcome == "error"}
    if not ways:
        return "refusing inputs that it has to take"
    return " or ".join(words for _, words in sorted(ways, key=lambda way: way[0] != "raises"))


def _silent(broken: Sequence[Result]) -> str:
    """That functions raise in every plain call, if nothing else is broken."""
    least = KINDS["formats"]
    if any(r.outcome != "error" or not r.invariant.endswith(f"/{least}") for r in broken):
        return ""
    functions = listed(dict.fromkeys(r.function for r in broken))
    return f"Does not conform: no plain call of {functions} gives a result"


def _conforms(judged: Sequence[Result]) -> str:
    holding = [r for r in judged if r.holds]
    laws = _laws(holding)
    hold = f"{plural(laws, 'must law')} {'holds' if laws == 1 else 'hold'}"
    words = f"Conforms: {hold} in {plural(len(holding), 'case')}"
    top = worst(holding)
    closest = f", at most {figure(top.ratio)} of the bound used" if top else ""
    return words + closest


def _further(results: Sequence[Result], asked: str) -> list[str]:
    """What else is worth a clause: known failures, deviations, should laws, the grade."""
    said = []
    missed = [r for r in results if _missed(r)]
    for outcome, noun in _EXPECTED:
        own = _laws(r for r in results if r.outcome == outcome)
        said += [f"{plural(own, noun)}"] if own else []
    raised = _laws(r for r in missed if r.outcome == "error")
    if own := _laws(r for r in missed if r.outcome != "error"):
        said.append(f"misses {plural(own, 'should law')}")
    said += [f"fails in the calls of {plural(raised, 'should law')}"] if raised else []
    grade = passes(results)
    wide = ", which admits half sums and errors that grow with |x|" if grade == "relaxed" else ""
    said += [f"would pass the {grade} grade{wide}"] if grade not in ("", asked) else []
    return [*said, *_ours(results)]


def _ours(results: Sequence[Result]) -> list[str]:
    """That laws are not judged because the suite itself failed, and the first of what it said."""
    failed = [r for r in results if r.ours]
    if not failed:
        return []
    said = failed[0].message.partition(f"{OURS}: ")[2].partition(", at ")[0]
    return [f"{plural(_laws(failed), 'law')} not judged: {OURS} ({said})"]


_EXPECTED = (
    ("known", "known failure"),
    ("deviation", "declared deviation"),
    ("stale", "stale entry"),
)


def passes(results: Iterable[Result]) -> str:
    """The strictest grade that all must laws keep, if each says; else empty."""
    order: dict[str, int] = {grade: rank for rank, grade in enumerate(GRADES)}
    must = [r for r in results if r.level == "must" and r.outcome in ("pass", "fail", "known")]
    graded = [r.grade for r in must if r.ratio is not None]
    if not graded or any(r.outcome == "error" for r in results if r.level == "must"):
        return ""
    if not all(grade in order for grade in graded):
        return ""
    return max(graded, key=lambda grade: order[grade])
