"""The journal of a run: finished subjects are on disk, so that a killed run can still be shown.

`.conformance/runs/TIME-PID.jsonl`: a line with everything but the results, then one line for each
finished subject, then one that says the run is complete (`records/lines.py`). The last few runs are
kept. What is read back is data: it is never executed.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from conformance.errors import one_line
from conformance.model import Subject
from conformance.records.counterexamples import FOLDER
from conformance.records.lines import Lines, whole
from conformance.records.results import (
    SCHEMA_VERSION,
    Accuracy,
    Findings,
    LimitRecord,
    NotRun,
    Report,
    Result,
)
from conformance.records.storage import LARGEST, encodable, ignored

RUNS = FOLDER / "runs"
KEPT = 10
CUT_OFF = "the run was cut off before it"


class _Head(msgspec.Struct, tag="run", tag_field="line", kw_only=True):
    """The first line: the report without its results, and the subjects in their order."""

    report: Report
    subjects: list[str]


class _Done(msgspec.Struct, tag="subject", tag_field="line", kw_only=True):
    """A finished subject."""

    id: str
    results: list[Result] = []
    accuracy: list[Accuracy] = []
    limits: list[LimitRecord] = []


class _End(msgspec.Struct, tag="end", tag_field="line", kw_only=True):
    """The last line of a run that was not cut off."""

    complete: bool = True


_Line = _Head | _Done | _End


class Journal:
    """The journal of one run. A directory that cannot be written costs a note and nothing else."""

    def __init__(self, report: Report, subjects: Sequence[Subject], folder: Path = RUNS) -> None:
        self.note = ""
        self.path: Path | None = None
        self._lines: Lines | None = None
        self._begun = False
        try:
            self._open(folder)
        except OSError as error:
            self._give_up(folder, error)
        self._append(_Head(report=report, subjects=[s.id for s in subjects]))

    def _open(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.parent.name == FOLDER.name:
            ignored(folder.parent)
        stamp = time.strftime("%Y%m%d-%H%M%S")
        for attempt in range(1000):
            path = folder / f"{stamp}-{os.getpid()}{f'-{attempt}' if attempt else ''}.jsonl"
            with contextlib.suppress(FileExistsError):
                self._lines = Lines(path, new=True)
                self.path = path
                break
        _prune(folder)

    def add(self, subject: Subject, findings: Findings) -> None:
        """Append a finished subject."""
        self._append(
            _Done(
                id=subject.id,
                results=findings.results,
                accuracy=findings.accuracy,
                limits=findings.limits,
            )
        )

    def finish(self) -> None:
        """Say that nothing is missing."""
        self._append(_End())

    def close(self) -> None:
        """Write no more."""
        if self._lines is not None:
            self._lines.close()
            self._lines = None

    def _append(self, line: _Line) -> None:
        if self._lines is None:
            return
        try:
            data = msgspec.json.encode(line)
        except UnicodeEncodeError:  # a lone surrogate in what a file said
            data = msgspec.json.encode(encodable(msgspec.to_builtins(line)))
        try:
            self._lines.append(data)
            self._begun = True
        except OSError as error:
            self._give_up(self.path or RUNS, error)

    def _give_up(self, path: Path, error: OSError) -> None:
        kept = ", so only what came before can be shown" if self._begun else ""
        why = error.strerror or type(error).__name__
        self.note = f"note: no journal of this run: {path} cannot be written ({why}){kept}"
        self.close()


def _prune(folder: Path) -> None:
    """Drop all but the last runs."""
    for path in sorted(folder.glob("*.jsonl"))[:-KEPT]:
        with contextlib.suppress(OSError):
            path.unlink()


def read(path: Path | str) -> Report:
    """The report in a journal, incomplete if the run was cut off. ValueError if it is none."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(data) > LARGEST:
        raise ValueError(f"over {LARGEST:,} bytes; no journal is so large")
    texts, _ = whole(data)
    head = _decoded(texts[0]) if texts else None
    if not isinstance(head, _Head) or head.report.schema_version != SCHEMA_VERSION:
        raise ValueError("not the journal of a run of this version")
    return _assembled(head, [_decoded(text) for text in texts[1:]])


def _decoded(line: bytes) -> _Line:
    try:
        found: _Line = msgspec.json.decode(line, type=_Line)
        return found
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        said = one_line(error) or type(error).__name__
        raise ValueError(f"not a journal: {said}") from None


def _assembled(head: _Head, lines: Sequence[_Line]) -> Report:
    """The report, its subjects in the order in which a complete run has them."""
    report = head.report
    done = {line.id: line for line in lines if isinstance(line, _Done)}
    known = dict.fromkeys(head.subjects)
    for name in (*known, *(name for name in done if name not in known)):
        if name in done:
            report.results += done[name].results
            report.accuracy += done[name].accuracy
            report.limits += done[name].limits
        else:
            report.not_run.append(NotRun(what=name, why=CUT_OFF))
    report.complete = any(isinstance(line, _End) for line in lines) and len(done) >= len(known)
    return report
