"""Counterexamples by id, kept beside the run so that `conformance replay ID` finds them.

They lie in `.conformance/` of the current directory, one small JSON file each; a folder that cannot
be written costs the command and nothing else. What is read back is data: it is never executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from conformance.records import storage
from conformance.records.grouping import grouped
from conformance.records.results import Report, Result

FOLDER = Path(".conformance")
_MOST = 1000  # files; the oldest go
_LARGEST = 16 * 2**20  # bytes of one file: the largest row in exact text is under 10 MB
_ID = re.compile(r"[0-9a-f]{4,64}")


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One broken case with all that replaying it needs."""

    result: Result
    file: str
    grade: str = "standard"


class _File(msgspec.Struct, kw_only=True):
    schema_version: int = 1
    kept: list[Kept]


def of(report: Report) -> dict[str, list[Kept]]:
    """The counterexamples in a report, by id: two laws may break on the same input."""
    files = {info.name: info.file for info in report.implementations}
    grade = report.settings.get("grade", "standard")
    return grouped(
        (r.counterexample.id, Kept(result=r, file=files.get(r.implementation, ""), grade=grade))
        for r in report.results
        if r.counterexample is not None and _ID.fullmatch(r.counterexample.id)
    )


def keep(report: Report, folder: Path = FOLDER) -> str:
    """Store the counterexamples of a run; a note in words if that was not possible."""
    found = of(report)
    if not found:
        return ""
    place = folder / "counterexamples"
    try:
        place.mkdir(parents=True, exist_ok=True)
        storage.ignored(folder)
        for identity, kept in found.items():
            path = place / f"{identity}.json"
            both = _File(kept=_merged(_read(path), kept))
            storage.replace(path, msgspec.json.encode(both))
        _prune(place, found)
    except OSError as error:
        return (
            f"note: {place} cannot be written ({error.strerror}), so `conformance replay` needs "
            "--from: keep the results with --json FILE"
        )
    return ""


def find(identity: str, folder: Path = FOLDER) -> list[Kept]:
    """The cases kept under an id, or under an id that begins so; empty if there is none."""
    if not _ID.fullmatch(identity):
        return []
    place = folder / "counterexamples"
    return _read(place / f"{identity}.json")


def known(folder: Path = FOLDER) -> list[str]:
    """The ids that are kept."""
    return sorted(path.stem for path in (folder / "counterexamples").glob("*.json"))


def _merged(old: Iterable[Kept], new: Iterable[Kept]) -> list[Kept]:
    cases: dict[tuple[str, str], Kept] = {(k.file, k.result.key): k for k in (*old, *new)}
    return list(cases.values())


def _read(path: Path) -> list[Kept]:
    """The cases in a file; what is not one of ours counts as absent."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        return msgspec.json.decode(data, type=_File).kept if len(data) <= _LARGEST else []
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
        return []


def _prune(place: Path, new: Mapping[str, object]) -> None:
    """Drop the oldest beyond the most that are kept, never those of this run."""
    old = [path for path in place.glob("*.json") if path.stem not in new]
    excess = len(old) + len(new) - _MOST
    if excess > 0:
        for path in sorted(old, key=_age)[:excess]:
            path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
