"""A report as the HTML page shows it: verdicts, matrix, functions with laws and accuracy."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.records.grouping import grouped
from conformance.records.results import Accuracy, Report, Result
from conformance.reporting.differences import Contrast, differences
from conformance.reporting.html import plots
from conformance.reporting.html.laws import LawView, Row, law_views, rows
from conformance.reporting.html.reproducer import Scripts
from conformance.reporting.limits import LimitRow, table
from conformance.reporting.signs import STATES, decimal, figure, listed, plural
from conformance.reporting.unexamined import unexamined
from conformance.reporting.verdicts import Cell, Verdict, cell, verdicts

QUANTITIES = {"value": "value", "vjp": "derivative"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One plot of errors, its caption and its legend."""

    dtype: str
    caption: str
    drawing: Markup
    legend: tuple[tuple[Markup, str], ...]


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One row of a function's table of errors."""

    verdict: Verdict
    accuracy: Accuracy
    quantity: str
    where: str
    ulp: str
    ratio: str
    at: str
    rounded: str
    histogram: Markup


@dataclass(frozen=True, slots=True)
class FunctionView:
    """One function: a cell per implementation, a row per mode, its laws, its errors."""

    name: str
    says: str
    anchor: str
    cells: tuple[Cell, ...]
    rows: tuple[Row, ...]
    laws: tuple[LawView, ...]
    figures: tuple[Figure, ...]
    measured: tuple[ErrorRow, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that the template shows."""

    title: str
    subtitle: str
    machine: str
    complete: bool
    verdicts: tuple[Verdict, ...]
    functions: tuple[FunctionView, ...]
    differences: tuple[Contrast, ...]
    limits: tuple[tuple[Verdict, LimitRow], ...]
    anchors: dict[tuple[str, str], str]
    missing: tuple[tuple[str, tuple[str, ...]], ...]
    dtypes: tuple[str, ...]
    states: dict[str, tuple[str, str]]
    environment: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]


def page(report: Report) -> Page:
    """Everything that is shown, in the order in which it is shown."""
    said = verdicts(report)
    dtypes = _dtypes(report)
    functions = tuple(_functions(report, said, dtypes))
    used = {law.state for f in functions for law in f.laws}
    used |= {c.state for f in functions for law in f.laws for row in law.rows for c in row.cells}
    names = [v.info.name for v in said]
    return Page(
        title=f"Conformance of {listed(names, 6)}" if names else "Conformance: nothing examined",
        subtitle=_subtitle(report, functions),
        machine=" · ".join(_machine(report.environment)),
        complete=report.complete,
        verdicts=tuple(said),
        functions=functions,
        differences=tuple(differences(report, said)),
        limits=tuple(
            (v, row) for row in table(report) for v in said if v.info.name == row.implementation
        ),
        anchors=defaultdict(str, {(f.name, v.law.id): v.anchor for f in functions for v in f.laws}),
        missing=tuple(_missing(report)),
        dtypes=dtypes,
        states={s: v for s, v in STATES.items() if s in used and s != "none"},
        environment=tuple(report.environment.items()),
        settings=tuple(report.settings.items()),
    )


def _machine(environment: Mapping[str, str]) -> Iterable[str]:
    """What a reader wants to know of the machine at once."""
    for name in ("platform", "processor", "cores", "gpu", "accelerator", "python", "ci"):
        value = environment.get(name, "")
        if value:
            named = "Python " + value if name == "python" and value[0].isdigit() else value
            yield f"{value} cores" if name == "cores" else named


def _subtitle(report: Report, functions: Sequence[FunctionView]) -> str:
    laws = len({law.law.id for f in functions for law in f.laws})
    parts = [f"spec {report.spec_version}" if report.spec_version else ""]
    parts += [f"{k} {v}" for k, v in report.settings.items() if k in ("grade", "effort", "seed")]
    counted = f"{plural(laws, 'law')} in {plural(len(report.results), 'case')}"
    return " · ".join(filter(None, [*parts, counted]))


def _dtypes(report: Report) -> tuple[str, ...]:
    found = dict.fromkeys(r.dtype for r in report.results)
    found.update(dict.fromkeys(a.dtype for a in report.accuracy))
    known = [d for d in FORMATS if d in found]
    return (*known, *(d for d in found if d not in FORMATS))


def _functions(
    report: Report, said: Sequence[Verdict], dtypes: Sequence[str]
) -> Iterable[FunctionView]:
    results = grouped((r.function, r) for r in report.results)
    accuracy = grouped((a.function, a) for a in report.accuracy)
    anchors, scripts = Anchors(), Scripts(report)
    names = {**dict.fromkeys(n for n in FUNCTIONS if n in results), **dict.fromkeys(results)}
    names.update(dict.fromkeys(accuracy))
    for name in names:
        cases, measured = results.get(name, []), accuracy.get(name, [])
        yield _function(name, cases, measured, report, said, dtypes, anchors, scripts)


def _function(
    name: str,
    results: Sequence[Result],
    accuracy: Sequence[Accuracy],
    report: Report,
    said: Sequence[Verdict],
    dtypes: Sequence[str],
    anchors: Callable[[str], str],
    scripts: Scripts,
) -> FunctionView:
    own = [[r for r in results if r.implementation == v.info.name] for v in said]
    judged = [[r for r in of if r.level != "may"] for of in own]
    return FunctionView(
        name=name,
        says=FUNCTIONS[name].says if name in FUNCTIONS else "",
        anchor=anchors(name),
        cells=tuple(cell(of, noted=True) for of in judged),
        rows=tuple(r for v, of in zip(said, judged, strict=True) for r in rows(v, of, dtypes)),
        laws=tuple(law_views(report.laws, results, said, dtypes, anchors, scripts)),
        figures=tuple(_figures(accuracy, said, dtypes)),
        measured=tuple(_measured(accuracy, said, dtypes)),
    )


class Anchors:
    """Fragments for the URL: like the text, without what a URL or an attribute cannot hold."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def __call__(self, text: str) -> str:
        """A fragment that no other text has got."""
        plain = re.sub(r"[^A-Za-z0-9._/-]+", "-", text).strip("-") or "x"
        name, count = plain, 1
        while name in self._taken:
            count += 1
            name = f"{plain}.{count}"
        self._taken.add(name)
        return name


def _figures(
    accuracy: Sequence[Accuracy], said: Sequence[Verdict], dtypes: Sequence[str]
) -> Iterable[Figure]:
    groups = grouped(((a.quantity, a.dtype), a) for a in accuracy)
    for (quantity, dtype), of in sorted(groups.items(), key=lambda g: _rank(g[0], dtypes)):
        series = _series(of, said)
        caption = f"{QUANTITIES.get(quantity, quantity)}, {dtype}"
        drawing = plots.error_plot(series, f"{of[0].function} {caption}, error in ulp")
        if drawing:
            legend = tuple((plots.marker(s.colour), s.label) for s in series)
            yield Figure(dtype, caption, drawing, legend)


def _rank(group: tuple[str, str], dtypes: Sequence[str]) -> tuple[int, str, int]:
    quantity, dtype = group
    return (quantity != "value", quantity, list(dtypes).index(dtype))


def _series(accuracy: Sequence[Accuracy], said: Sequence[Verdict]) -> list[plots.Series]:
    """One curve per implementation; modes and devices apart only where their errors differ."""
    found: list[plots.Series] = []
    for v in said:
        own: list[tuple[Accuracy, list[str]]] = []
        for a in (a for a in accuracy if a.implementation == v.info.name):
            same = next((w for b, w in own if b.bins == a.bins and b.ulp == a.ulp), None)
            place = a.mode if a.device == "cpu" else f"{a.mode} {a.device}"
            same.append(place) if same is not None else own.append((a, [place]))
        for dash, (a, where) in enumerate(own):
            label = v.info.name if len(own) == 1 else f"{v.info.name} {', '.join(where)}"
            found.append(plots.Series(a, label, v.colour, dash))
    return found


def _measured(
    accuracy: Sequence[Accuracy], said: Sequence[Verdict], dtypes: Sequence[str]
) -> Iterable[ErrorRow]:
    by_name = {v.info.name: v for v in said}
    ranked = sorted(accuracy, key=lambda a: _rank((a.quantity, a.dtype), dtypes))
    for a in ranked:
        if a.implementation in by_name:
            yield ErrorRow(
                verdict=by_name[a.implementation],
                accuracy=a,
                quantity=QUANTITIES.get(a.quantity, a.quantity),
                where=f"{a.mode} · {a.device}",
                ulp=figure(a.ulp),
                ratio=figure(a.ratio),
                at=decimal(a.worst),
                rounded=f"{100 * a.correctly_rounded:.2f} %",
                histogram=plots.histogram(a.histogram),
            )


def _missing(report: Report) -> Iterable[tuple[str, tuple[str, ...]]]:
    """(reason, what was not run) with each reason once."""
    return ((why, tuple(what)) for why, what in unexamined(report).items())
