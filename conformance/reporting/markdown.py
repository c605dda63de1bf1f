"""A report as Markdown for a pull request: the verdict, what is new or worse, a folded table.

Everything that came from a file is escaped: it is shown as it is, by Markdown and by HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.functions import FUNCTIONS
from conformance.records.grouping import grouped
from conformance.records.results import Report, Result
from conformance.records.storage import put
from conformance.reporting.limits import table
from conformance.reporting.signs import STATES, figure, listed, plural, sign, state_of
from conformance.reporting.terminal.causes import Entry, causes, named
from conformance.reporting.verdicts import cell, verdicts

if TYPE_CHECKING:
    from conformance.gate.changes import Change, Judged

#: GitHub refuses comments of more than 65,536 characters.
LARGEST = 60_000
ROWS = 30

_SPECIAL = {ord(c): f"&#{ord(c)};" for c in "\\`*_[]<>#|&~$@"}


def write(report: Report, path: Path | str, judged: Judged | None = None) -> None:
    """Write the Markdown, whole or not at all."""
    put(path, markdown(report, judged).encode("utf-8", "replace"))


def markdown(report: Report, judged: Judged | None = None, largest: int = LARGEST) -> str:
    """The Markdown, cut between its parts where it would be too long."""
    report = judged.report if judged is not None else report
    parts = [_head(report, judged), *(_told(judged) if judged else _broken(report))]
    parts += [_limits(report), _table(report), _foot(report)]
    text, cut = "", False
    for part in filter(None, parts):
        if len(text) + len(part) + 100 > largest:
            cut = True
        else:
            text += f"{part}\n\n"
    return text + ("_Cut: the results file and the HTML report have all of it._\n" if cut else "")


def escaped(text: str) -> str:
    """Text that Markdown and HTML show as it is, on one line."""
    return " ".join(text.split()).translate(_SPECIAL)


def grid(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; cells are shown as they are."""
    body = (f"| {' | '.join(map(str, row))} |" for row in rows)
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *body])


def _head(report: Report, judged: Judged | None) -> str:
    said = verdicts(report)
    broken = [v for v in said if v.state in ("fail", "error")]
    good = not judged.status if judged is not None else not broken
    names = ", ".join(escaped(v.info.name) for v in (broken or said)) or "nothing"
    if judged is not None:
        title = escaped(judged.headline())
    elif good:
        title = f"{names} conforms" if len(said) == 1 else f"{names} conform"
    else:
        title = f"{names} does not conform" if len(broken) == 1 else f"{names} do not conform"
    lines = [f"### {'✓' if good and report.complete else '✗'} {title}", ""]
    if not report.complete:
        lines += ["**Incomplete: the run was cut off.**", ""]
    for v in said:
        name = " ".join(filter(None, (f"**{escaped(v.info.name)}**", escaped(v.version))))
        lines.append(f"- {v.sign} {name}: {escaped(v.words)}")
    return "\n".join(lines)


def _told(judged: Judged) -> Iterator[str]:
    """What the gate says: new and worse at once, the rest folded."""
    yield _changes("New", judged.new, opened=True)
    yield _changes("Worse", judged.worse, opened=True)
    yield _changes("Due to the spec", judged.by_spec)
    yield _changes("Fixed: remove these from the baseline", judged.fixed)
    yield _changes("Known", judged.known)
    yield _changes("Matches nothing", judged.unmatched)
    notes = [*judged.spec.lines(), *judged.notes]
    yield "\n".join(f"- {escaped(note)}" for note in notes)


def _changes(title: str, changes: Sequence[Change], opened: bool = False) -> str:
    """One line per law and what is said of it, with the places; in the order of the gate."""
    if not changes:
        return ""
    groups = grouped(
        ((c.result.implementation, c.result.invariant) if c.result else (c.key,), c)
        for c in changes
    )
    rows = [_changed(group) for group in groups.values()]
    return _folded(f"{title}: {plural(len(changes), 'case')}", ("law", "where", ""), rows, opened)


def _changed(group: Sequence[Change]) -> tuple[str, ...]:
    top = max(group, key=lambda c: (c.now or 0.0, c.key))
    if top.result is None:
        return escaped(top.key), "", escaped(top.words)
    cases = [c.result for c in group if c.result is not None]
    law = f"**{escaped(top.result.invariant)}** ({top.level})"
    return law, _where(cases), escaped(top.words)


def _where(cases: Iterable[Result]) -> str:
    cases = list(cases)
    axes = ("implementation", "dtype", "mode", "device")
    return escaped(" · ".join(", ".join(named(cases, axis)) for axis in axes))


def _broken(report: Report) -> Iterator[str]:
    """What is broken, without a baseline: must laws at once, should laws folded."""
    found = causes(report.results)
    must = [e for e in found if e.shown.level == "must"]
    should = [e for e in found if e.shown.level == "should"]
    for title, of, opened in (("Broken", must, True), ("Missed", should, False)):
        if of:
            rows, laws = [_entry(e) for e in of], len({law for e in of for law in e.laws})
            yield _folded(f"{title}: {plural(laws, 'law')}", ("law", "where", ""), rows, opened)


def _entry(entry: Entry) -> tuple[str, ...]:
    r = entry.shown
    what = f"error / bound {figure(max(entry.same, key=lambda c: c.excess).ratio)}"
    if r.outcome == "error":
        what = escaped(r.message.partition("\n")[0])
    if r.counterexample is not None and r.counterexample.id:
        what += f"; `conformance replay {escaped(r.counterexample.id)}`"
    what = "; ".join(filter(None, (escaped(entry.apart), what)))
    more = f" and {len(entry.laws) - 1} more" if len(entry.laws) > 1 else ""
    return f"{sign(state_of(r))} **{escaped(r.invariant)}**{more}", _where(entry.cases), what


def _folded(
    title: str, head: Sequence[str], rows: Sequence[Sequence[str]], opened: bool = False
) -> str:
    more = [(f"… and {len(rows) - ROWS} more", *[""] * (len(head) - 1))] if len(rows) > ROWS else []
    return folded(title, grid(head, [*rows[:ROWS], *more]), opened)


def folded(title: str, inner: str, opened: bool = False) -> str:
    """What is shown when its title is clicked."""
    summary = f"<details{' open' if opened else ''}><summary>{escaped(title)}</summary>"
    return "\n".join([summary, "", inner, "", "</details>"])


def _limits(report: Report) -> str:
    """What is refused, folded."""
    found = table(report)
    if not found:
        return ""
    rows = [
        (
            escaped(f"{x.implementation}: {x.kind}"),
            x.level,
            escaped("; ".join(x.refuses)),
            escaped(f"{listed(x.functions, 3)} · {listed(x.places, 4)}"),
            escaped(x.reason),
            escaped(x.first),
        )
        for x in found
    ]
    title = f"Refused, whatever the values: {plural(len(found), 'kind')} of inputs"
    return _folded(title, ("limit", "level", "refuses", "where", "why", "first refused"), rows)


def _table(report: Report) -> str:
    """The matrix, folded."""
    said = verdicts(report)
    rows = []
    for function in FUNCTIONS:
        own = [[r for r in report.results if r.function == function and r.level != "may"
                and r.implementation == v.info.name] for v in said]  # fmt: skip
        if any(own):
            cells = [cell(of) for of in own]
            rows.append(
                (
                    escaped(function),
                    *(" ".join(filter(None, (c.sign, c.text, c.should))) for c in cells),
                )
            )
    if not rows:
        return ""
    head = ("function", *(escaped(v.info.name) for v in said))
    used = dict.fromkeys(state_of(r) for r in report.results)
    legend = ", ".join(f"{STATES[s][0]} {STATES[s][1]}" for s in STATES if s in used)
    return _folded("Largest error / bound of must laws", head, rows) + f"\n\n<sub>{legend}</sub>"


def _foot(report: Report) -> str:
    parts = [f"spec {report.spec_version}" if report.spec_version else ""]
    parts += [f"{k} {v}" for k, v in report.settings.items() if k in ("grade", "effort")]
    parts += [f"{len(report.results):,} cases", report.environment.get("platform", "")]
    return f"<sub>{escaped(' · '.join(filter(None, parts)))}</sub>"
