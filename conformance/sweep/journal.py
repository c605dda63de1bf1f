"""The journal of a sweep: one line for each finished shard, so that nothing is done twice.

Append-only (`records/lines.py`), each line JSON. The first says of what the journal is:
implementation files by content, versions, targets, spec. What is wrong is refused by name.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import msgspec

from conformance.errors import UsageError, one_line, printable
from conformance.records.lines import Lines, whole
from conformance.sweep.tallies import decoded, encoded
from conformance.sweep.tasks import Outcome

_MAGIC = "conformance sweep journal 1"

Key = tuple[int, int]


class ShardJournal:
    """The finished shards by (job, shard), in memory and, if a file is named, in that.

    `done` begins with what earlier sweeps finished.
    """

    def __init__(self, path: Path | str, identity: dict[str, Any]) -> None:
        self.path = Path(path)
        self.done: dict[Key, bytes] = {}
        self._lines: Lines | None = None
        if not path:
            return
        try:
            self._lines = Lines(self.path)
        except OSError as error:
            raise UsageError(f"journal {self.path}: cannot be opened: {error.strerror}") from None
        try:
            self._begin(self._lines, identity)
        except BaseException:
            self.close()
            raise

    def _begin(self, file: Lines, identity: dict[str, Any]) -> None:
        if not stat.S_ISREG(os.fstat(file.file).st_mode):
            raise UsageError(f"journal {self.path}: is not a regular file; name another one")
        if not file.locked():
            raise UsageError(f"journal {self.path}: another sweep is writing it")
        data = self._whole()
        header = encoded({"journal": _MAGIC, "identity": identity})
        if not data:
            return file.append(header)
        lines, end = _lines(data, self.path)
        if not lines:
            if _MAGIC.encode() not in data[:200]:
                raise UsageError(f"journal {self.path}: is not a sweep journal; name another file")
            file.cut(0)
            return file.append(header)
        _check(lines[0], identity, self.path)
        for number, line in enumerate(lines[1:], 2):
            done = _shard(line, self.path, number)
            self.done[done.job, done.shard] = encoded(done.outcomes)
        file.cut(end)
        return None

    def _whole(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise UsageError(f"journal {self.path}: cannot be read: {error.strerror}") from None

    def add(self, key: Key, outcomes: bytes) -> None:
        """Enter a finished shard."""
        self.done[key] = outcomes
        if self._lines is None:
            return
        line = {"job": key[0], "shard": key[1], "outcomes": decoded(outcomes, list[Any])}
        try:
            self._lines.append(encoded(line))
        except OSError as error:
            raise UsageError(f"journal {self.path}: cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """Close the file."""
        if self._lines is not None:
            self._lines.close()


def _lines(data: bytes, path: Path) -> tuple[list[dict[str, Any]], int]:
    """The lines, and where the last whole one ends."""
    try:
        texts, end = whole(data)
        return [decoded(text, dict[str, Any]) for text in texts], end
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        why = str(error) if str(error).endswith("is corrupt") else "a line is not JSON"
        raise UsageError(f"journal {path}: {why}; restore the file or delete it") from None


class _Shard(msgspec.Struct):
    """A finished shard of a job, with an outcome for each implementation."""

    job: int
    shard: int
    outcomes: Any


def _shard(line: dict[str, Any], path: Path, number: int) -> _Shard:
    try:
        found = msgspec.convert(line, _Shard)
        decoded(encoded(found.outcomes), list[Outcome])
        return found
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UsageError(
            f"journal {path}: line {number} is not a finished shard: {one_line(error)}"
        ) from None


def _check(header: dict[str, Any], identity: dict[str, Any], path: Path) -> None:
    if header.get("journal") != _MAGIC or not isinstance(header.get("identity"), dict):
        raise UsageError(f"journal {path}: is not a sweep journal; name another file")
    was = header["identity"]
    now = decoded(encoded(identity), dict[str, Any])
    for name in dict.fromkeys((*now, *was)):
        if was.get(name) != now.get(name):
            said = printable(_difference(name, was, now))[:400]
            raise UsageError(
                f"journal {path}: belongs to another sweep: {said}; delete it or name another file"
            )


def _difference(name: str, was: dict[str, Any], now: dict[str, Any]) -> str:
    old, new = was.get(name), now.get(name)
    if isinstance(old, dict) and isinstance(new, dict):
        changed = next(k for k in (*new, *old) if old.get(k) != new.get(k))
        if changed in old and changed in new and name == "files":
            return f"the contents of {changed} have changed"
        return f"{name} {changed}: {old.get(changed, 'absent')}, now {new.get(changed, 'absent')}"
    return f"{name}: {old}, now {new}"
