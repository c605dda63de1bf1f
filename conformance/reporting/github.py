"""What GitHub Actions shows of a run: a summary of the step, and annotations of the user's code.

GitHub shows ten annotations of a step and drops a summary of more than 1 MiB.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from conformance.errors import LoadError
from conformance.objects.places import file_of, is_object, places
from conformance.records.results import ImplementationInfo, Report
from conformance.reporting.markdown import markdown
from conformance.reporting.signs import figure, plural
from conformance.reporting.terminal.causes import Entry, causes, named

if TYPE_CHECKING:
    from conformance.gate.changes import Judged

ANNOTATIONS = 10
SUMMARY = 1_000_000


def announce(
    report: Report, judged: Judged | None = None, out: TextIO | None = None,
    environ: Mapping[str, str] = os.environ,
) -> None:  # fmt: skip
    """Append to the step's summary and print annotations, as the environment asks."""
    out = sys.stdout if out is None else out
    summary = environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        try:
            _append(Path(summary), markdown(report, judged))
        except OSError as error:
            print(_command("warning", {}, f"no summary: {error.strerror}"), file=out)
    if environ.get("GITHUB_ACTIONS"):
        for line in commands(report, judged, environ.get("GITHUB_WORKSPACE", "")):
            print(line, file=out)


def _append(path: Path, text: str) -> None:
    """Append, unless GitHub would drop the whole for its size."""
    data = text.encode("utf-8", "replace")
    there = path.stat().st_size if path.exists() else 0
    if there + len(data) < SUMMARY:
        with path.open("ab") as file:
            file.write(data)


def commands(report: Report, judged: Judged | None, workspace: str = "") -> Iterator[str]:
    """At most ten workflow commands: what fails the run, worst first."""
    found = _failing(report, judged)
    infos = {info.name: info for info in report.implementations}
    shown = found if len(found) <= ANNOTATIONS else found[: ANNOTATIONS - 1]
    for entry in shown:
        info = infos.get(entry.shown.implementation)
        kind = "error" if entry.shown.level == "must" else "warning"
        yield _command(kind, _place(entry, info, workspace), _said(entry))
    if len(found) > len(shown):
        yield _command("error", {}, f"and {len(found) - len(shown)} more failures")


def _failing(report: Report, judged: Judged | None) -> list[Entry]:
    """With a baseline what is new or worse; else every must law that is broken."""
    if judged is None:
        return causes(r for r in report.results if r.level == "must")
    return causes(c.result for c in judged.failing if c.result is not None)


def _place(entry: Entry, info: ImplementationInfo | None, workspace: str) -> dict[str, str]:
    """The user's own `def` line; nothing for a file outside the repository."""
    title = {"title": entry.shown.invariant}
    if info is None or not info.file:
        return title
    path = _file(info.file)
    if path.is_absolute():
        if not workspace or not path.is_relative_to(workspace):
            return title
        path = path.relative_to(workspace)
    line = info.functions.get(entry.shown.function)
    return {"file": path.as_posix(), **({"line": str(line)} if line else {}), **title}


def _file(text: str) -> Path:
    """The file of an implementation or of an object; the text itself if it is neither."""
    try:
        return file_of(places(text)[0]) if is_object(text) else Path(text)
    except LoadError:  # a report may come from another machine
        return Path(text)


def _said(entry: Entry) -> str:
    r = entry.shown
    where = ", ".join(named(entry.cases, "dtype"))
    if r.outcome == "error":
        said = f"{r.function} raises in {where}: {r.message.partition(chr(10))[0]}"
    else:
        top = max(entry.same, key=lambda case: case.excess)
        more = f" and {plural(len(entry.laws) - 1, 'more law')}" if len(entry.laws) > 1 else ""
        said = f"{r.function} breaks it{more} in {where}: error / bound = {figure(top.ratio)}"
    said += f"; {entry.apart}" if entry.apart else ""
    c = r.counterexample
    if c is not None and c.got and r.outcome != "error":
        beside, right = c.against
        said += f"; {c.call} gives {c.got}" + (f", {beside} is {right}" if right else "")
    return said + (f"\nconformance replay {c.id}" if c is not None else "")


def _command(kind: str, properties: Mapping[str, str], message: str) -> str:
    """A workflow command: what its message and properties quote cannot end it or begin another."""
    listed = ",".join(f"{k}={_escaped(v, ':,')}" for k, v in properties.items())
    return f"::{kind}{' ' + listed if listed else ''}::{_escaped(message)}"


def _escaped(text: str, also: str = "") -> str:
    codes = {"%": "%25", "\r": "%0D", "\n": "%0A", **{c: f"%{ord(c):02X}" for c in also}}
    return "".join(codes.get(c, c) for c in text.encode("utf-8", "replace").decode())
