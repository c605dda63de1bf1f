"""A function's laws as the page shows them: cells, cases by dtype, counterexamples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from conformance.records.grouping import grouped
from conformance.records.results import CLEAR, ArrayText, Counterexample, LawRecord, Result
from conformance.reporting.html import plots
from conformance.reporting.signs import LEVELS, STATES, decimal, figure, plural, state, state_of
from conformance.reporting.terminal.numbers import part
from conformance.reporting.verdicts import Cell, Verdict, cell, place, places

#: States that are shown at once; laws in another state are folded.
NOTABLE = ("fail", "error", "missed", "known", "deviation", "stale")
_SHOWN = 16
Reproduce = Callable[[Result], str]


@dataclass(frozen=True, slots=True)
class Row:
    """An implementation in a mode on a device, and a cell per dtype."""

    verdict: Verdict
    where: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A counterexample, ready to be shown; `again` is the id for `conformance replay`."""

    verdict: Verdict
    where: str
    also: str
    example: Counterexample
    arguments: tuple[tuple[str, str, str], ...]
    script: str
    least: str


@dataclass(frozen=True, slots=True)
class LawView:
    """One law of one function."""

    law: LawRecord
    anchor: str
    state: str
    cells: tuple[Cell, ...]
    strip: Markup
    rows: tuple[Row, ...]
    said: tuple[tuple[str, str, str], ...]
    examples: tuple[Shown, ...]
    keys: str

    @property
    def notable(self) -> bool:
        """Whether it is worth being shown at once."""
        return self.state in NOTABLE


def law_views(
    laws: Sequence[LawRecord],
    results: Sequence[Result],
    verdicts: Sequence[Verdict],
    dtypes: Sequence[str],
    anchors: Callable[[str], str],
    reproduce: Reproduce,
) -> list[LawView]:
    """The laws that these results of one function speak of: what matters most first."""
    by_law = grouped((r.invariant, r) for r in results)
    known = {law.id: law for law in laws}
    order = {law.id: rank for rank, law in enumerate(laws)}
    views = [
        _view(known.get(name) or _unknown(cases[0]), cases, verdicts, dtypes, anchors, reproduce)
        for name, cases in by_law.items()
    ]
    ranks = list(STATES)
    return sorted(
        views,
        key=lambda v: (
            not v.notable,
            LEVELS.index(v.law.level),
            ranks.index(v.state) if v.notable else len(ranks),
            order.get(v.law.id, len(order)),
        ),
    )


def _unknown(result: Result) -> LawRecord:
    """A law that the report has results of but no text."""
    return LawRecord(id=result.invariant, level=result.level, functions=[result.function], says="")


def _view(
    law: LawRecord,
    cases: Sequence[Result],
    verdicts: Sequence[Verdict],
    dtypes: Sequence[str],
    anchors: Callable[[str], str],
    reproduce: Reproduce,
) -> LawView:
    own = [[r for r in cases if r.implementation == v.info.name] for v in verdicts]
    lanes = [(v.colour, of) for v, of in zip(verdicts, own, strict=True)]
    return LawView(
        law=law,
        anchor=anchors(law.id),
        state=state(cases),
        cells=tuple(cell(of) for of in own),
        strip=Markup("") if law.level == "may" else plots.strip(lanes),
        rows=tuple(row for v, of in zip(verdicts, own, strict=True) for row in rows(v, of, dtypes)),
        said=tuple(s for v, of in zip(verdicts, own, strict=True) for s in _said(v, of)),
        examples=tuple(
            shown
            for v, of in zip(verdicts, own, strict=True)
            for shown in _smallest(v, of, reproduce)
        ),
        keys=" ".join(_keys(cases, dtypes)),
    )


def _keys(cases: Iterable[Result], dtypes: Sequence[str]) -> Iterator[str]:
    """Each state after the indices of its dtypes, which are left out if they are all."""
    found: dict[str, set[int]] = defaultdict(set)
    for r in cases:
        found[state_of(r)].add(dtypes.index(r.dtype))
    for kind, indices in found.items():
        all_ = len(indices) == len(dtypes) or len(dtypes) > _DIGITS
        yield kind if all_ else "".join(map(str, sorted(indices))) + kind


_DIGITS = 10  # an index is one digit; with more dtypes than that the filter tells none apart


def rows(verdict: Verdict, cases: Iterable[Result], dtypes: Sequence[str]) -> list[Row]:
    """One row per device and mode; modes in which everything is the same share one."""
    found = grouped(((r.device, r.mode), r) for r in cases)
    alike: dict[tuple[str, ...], tuple[list[str], tuple[Cell, ...]]] = {}
    for (device, mode), of in found.items():
        cells = tuple(cell([r for r in of if r.dtype == dtype]) for dtype in dtypes)
        shown = (device, *(c.state + c.text + c.should for c in cells))
        alike.setdefault(shown, ([], cells))[0].append(mode)
    return [
        Row(verdict, f"{', '.join(modes)} · {device}", cells)
        for (device, *_), (modes, cells) in alike.items()
    ]


def _said(verdict: Verdict, cases: Iterable[Result]) -> list[tuple[str, str, str]]:
    """(implementation, where, message) for what has something to say, the same said once."""
    groups = grouped((r.message, r) for r in cases if r.message and r.outcome != "fail")
    return [(verdict.info.name, places(of), message) for message, of in groups.items()]


def _smallest(verdict: Verdict, cases: Iterable[Result], reproduce: Reproduce) -> list[Shown]:
    """The smallest counterexample of an implementation."""
    broken = [r for r in cases if r.counterexample is not None]
    if not broken:
        return []
    best = min(
        broken,
        key=lambda r: (state_of(r) != "fail", r.excess < CLEAR, _size(r), -r.excess, r.key),
    )
    assert best.counterexample is not None
    others = len(broken) - 1
    return [
        Shown(
            verdict=verdict,
            where=place(best),
            also=f"and in {plural(others, 'further case')}" if others else "",
            example=best.counterexample,
            arguments=tuple(_arguments(best.counterexample)),
            script=reproduce(best),
            least=figure(best.counterexample.least),
        )
    ]


def _size(result: Result) -> int:
    assert result.counterexample is not None
    return sum(len(a.values) for a in result.counterexample.arguments.values())


def _arguments(c: Counterexample) -> Iterable[tuple[str, str, str]]:
    """(name, decimal, exact) of each argument, where the law failed, and of each option."""
    for name, array in c.arguments.items():
        values, where = part(array, c.index) if len(array.values) > _SHOWN else (array.values, "")
        yield name, f"{where} {_decimals(array, values)}".strip(), _short(values)
    for name, option in c.options.items():
        if isinstance(option, ArrayText):
            yield name, _decimals(option, option.values), _short(option.values)
        elif option is not None:
            yield name, str(option), ""


def _decimals(array: ArrayText, values: Sequence[str]) -> str:
    whole = len(values) == len(array.values)
    rows = whole and len(array.shape) > 1 and array.shape[0] > 1
    shape = f", shape {array.shape}" if rows else ""
    return _short([decimal(v, array.dtype) for v in values]) + shape


def _short(values: Sequence[str]) -> str:
    if len(values) <= _SHOWN:
        return ", ".join(values)
    return f"{', '.join(values[:_SHOWN])}, … ({len(values):,} in all)"
