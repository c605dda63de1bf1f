"""A run for a terminal, a pipe or a CI log: table, failures, what was not examined, the verdict."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from conformance.errors import printable
from conformance.records import deviations
from conformance.records.grouping import grouped
from conformance.records.results import ImplementationInfo, Report, Result
from conformance.reporting.console import put
from conformance.reporting.signs import listed, plural
from conformance.reporting.terminal.failures import Line, cut, failures
from conformance.reporting.terminal.searched import searched
from conformance.reporting.terminal.table import tables, tally
from conformance.reporting.unexamined import unexamined
from conformance.reporting.verdicts import Verdict, verdicts

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.gate.changes import Judged

_WIDEST = 120  # longer lines are hard to read
_MOST = 6  # lines of a section
_LEFT = 3  # groups of functions whose parameters are named


def show(
    report: Report,
    console: Console,
    *,
    judged: Judged | None = None,
    everything: bool = False,
    fail_on: str = "must",
    written: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> None:
    """Print a run."""
    width = min(console.width, _WIDEST)
    for line in head(report):
        _print(console, line, "dim", width)
    for table in tables(report, width):
        console.print()
        console.print(table, width=min(console.width, max(width, 60)))
    lines = [
        *failures(report.results, report.laws, width, everything),
        *_section("declared deviations", _deviations(report, width, everything), everything),
        *_section("the search for worse", [*searched(report.results)], everything),
        *_section("the gate", judged.lines() if judged else [], everything),
        *_section("not examined", _unexamined(report), everything),
        *_section("", [*notes, *written], True),
    ]
    for text, style in lines:
        _print(console, text, style, width)
    console.print()
    for text, style in _verdict(report, judged, fail_on):
        _print(console, text, style, width)


def _print(console: Console, text: str, style: str, width: int) -> None:
    lines = [text := printable(text)]
    if len(text) > width:
        indent = len(text) - len(text.lstrip()) + 4
        lines = textwrap.wrap(
            text, width, subsequent_indent=" " * indent, break_on_hyphens=False,
            break_long_words=False,
        )  # fmt: skip
    put(console, ((line, style) for line in lines))


def head(report: Report) -> Iterator[str]:
    """What was examined, with what: versions, machine, settings."""
    for info in report.implementations:
        versions = ", ".join(f"{k} {v}" for k, v in info.versions.items())
        yield f"{info.name}  {versions or info.backend}"
        if info.form:
            yield f"  {info.form}"
        if info.left:
            yield f"  examined at their defaults only: {_left(info)}"
    told = [f"{k} {v}" for k, v in report.settings.items() if k in ("effort", "grade", "seed")]
    spec = f"spec {report.spec_version}"
    yield " · ".join(filter(None, [spec, report.environment.get("platform", ""), *told]))


def _left(info: ImplementationInfo) -> str:
    """dtype (softmax and log_softmax); attn_mask and scale (logsumexp)."""
    found = [*grouped((tuple(names), of) for of, names in info.left.items()).items()]
    words = [f"{listed(names)} ({listed(of, 3)})" for names, of in found[:_LEFT]]
    more = sum(len(of) for _, of in found[_LEFT:])
    return "; ".join([*words, *([f"and of {plural(more, 'more function')}"] if more else [])])


def _section(title: str, lines: Sequence[str], everything: bool) -> Iterator[Line]:
    if not lines:
        return
    yield "", ""
    if title:
        yield title, "bold"
    indent = "  " if title else ""
    shown = lines if everything or len(lines) <= _MOST + 1 else lines[:_MOST]
    yield from ((indent + line, "") for line in shown)
    if len(shown) < len(lines):
        yield f"{indent}… and {len(lines) - len(shown)} more: --all", "dim"


def _deviations(report: Report, width: int, everything: bool) -> list[str]:
    """≈ torch: binary-cross-entropy/...: why, on one line; and those that no longer show."""
    found = grouped(
        ((r.implementation, r.message), r.invariant)
        for r in report.results
        if r.outcome == "deviation"
    )
    shown = []
    for (name, reason), several in found.items():
        laws = list(dict.fromkeys(several))
        if everything:
            shown.append(f"≈ {name}: {', '.join(laws)}: {reason}")
        else:
            more = f" +{len(laws) - 1}" if len(laws) > 1 else ""
            shown.append(cut(f"≈ {name}: {laws[0]}{more}: {reason}", width - 2))
    return [*deviations.lines(report), *shown]


def _unexamined(report: Report) -> list[str]:
    """One line per reason, with what it keeps from being examined."""
    return [f"{_whats(whats)}: {why}" for why, whats in unexamined(report).items()]


def _whats(whats: Sequence[str]) -> str:
    """numpy::a, numpy::b -> numpy: a and b."""
    own = grouped(what.partition("::")[::2] for what in dict.fromkeys(whats))
    return "; ".join(
        f"{name} {listed(filter(None, rest), 3)}".strip() for name, rest in own.items()
    )


def _verdict(report: Report, judged: Judged | None, fail_on: str) -> Iterator[Line]:
    for verdict in verdicts(report):
        style = "bold red" if verdict.state in ("fail", "error") else ""
        yield f"{verdict.info.name}: {verdict.words}{_counted(verdict)}", style
    yield tally(report.results), "dim"
    if not report.complete:
        yield "This run is incomplete: whatever is missing above was not examined.", "bold red"
    elif judged is not None:
        yield judged.headline(), "bold red" if judged.status else "bold green"
    elif fail_on == "should" and _missed(report.results):
        words = plural(_missed(report.results), "case")
        yield f"{words} of should laws fail the run (--fail-on should)", "bold red"


def _counted(verdict: Verdict) -> str:
    """Its cases by state; the last line of a run says what the signs mean."""
    told = [f"{sign}{n:,}" for state, sign, _, n in verdict.counts if state != "unsupported"]
    return f" ({' '.join(told)})" if told else ""


def _missed(results: Sequence[Result]) -> int:
    return sum(r.level == "should" and r.fails for r in results)
