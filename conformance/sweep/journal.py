"""The journal of a sweep: one line for each finished shard, so that nothing is done twice.

Append-only. Each line is a CRC-32, a space and JSON. The first says of what the journal is:
implementation files by content, versions, targets, spec. A last line that was cut off is dropped;
anything else that is wrong is refused by name.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from conformance.errors import UsageError, printable
from conformance.sweep.tallies import decoded
from conformance.sweep.tasks import Outcome

_MAGIC = "conformance sweep journal 1"

Key = tuple[int, int]


class Journal:
    """An open journal; `done` has what earlier sweeps finished, by (job, shard)."""

    def __init__(self, path: Path | str, identity: dict[str, Any]) -> None:
        self.path = Path(path)
        self.done: dict[Key, bytes] = {}
        self._file = self._opened()
        try:
            self._begin(identity)
        except BaseException:
            os.close(self._file)
            raise

    def _opened(self) -> int:
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise UsageError(f"journal {self.path}: cannot be opened: {error.strerror}") from None
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise UsageError(f"journal {self.path}: is no regular file; name another one")
        if not _locked(file):
            os.close(file)
            raise UsageError(f"journal {self.path}: another sweep is writing it")
        return file

    def _begin(self, identity: dict[str, Any]) -> None:
        data = self._whole()
        header = {"journal": _MAGIC, "identity": identity}
        if not data:
            return self._append(header)
        lines, end = _lines(data, self.path)
        if not lines:
            if _MAGIC.encode() not in data[:200]:
                raise UsageError(
                    f"journal {self.path}: is no journal of a sweep; name another file"
                )
            os.ftruncate(self._file, 0)
            return self._append(header)
        _check(lines[0], identity, self.path)
        for number, line in enumerate(lines[1:], 2):
            done = _shard(line, self.path, number)
            self.done[done.job, done.shard] = _compact(done.outcomes)
        os.ftruncate(self._file, end)
        return None

    def _whole(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise UsageError(f"journal {self.path}: cannot be read: {error.strerror}") from None

    def _append(self, value: dict[str, Any]) -> None:
        text = _compact(value)
        line = b"%08x %s\n" % (zlib.crc32(text), text)
        os.lseek(self._file, 0, os.SEEK_END)
        while line:
            line = line[os.write(self._file, line) :]

    def add(self, key: Key, outcomes: bytes) -> None:
        """Enter a finished shard."""
        self.done[key] = outcomes
        line = {"job": key[0], "shard": key[1], "outcomes": json.loads(outcomes)}
        try:
            self._append(line)
        except OSError as error:
            raise UsageError(f"journal {self.path}: cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _locked(file: int) -> bool:
    """False if another process holds the file; where there are no such locks, True."""
    with contextlib.suppress(ImportError):
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


class Memory:
    """What a sweep without a journal keeps."""

    def __init__(self) -> None:
        self.done: dict[Key, bytes] = {}

    def add(self, key: Key, outcomes: bytes) -> None:
        """Enter a finished shard."""
        self.done[key] = outcomes

    def close(self) -> None:
        """Nothing."""


def _compact(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _lines(data: bytes, path: Path) -> tuple[list[dict[str, Any]], int]:
    """The lines, and where the last whole one ends."""
    found, end = [], 0
    for number, (line, at) in enumerate(_split(data), 1):
        value = _decoded(line)
        if value is None:
            if at >= len(data):
                break  # the last line: the sweep was killed while writing it
            raise UsageError(
                f"journal {path}: line {number} is corrupt; restore the file or delete it"
            )
        found.append(value)
        end = at
    return found, end


def _split(data: bytes) -> Iterator[tuple[bytes, int]]:
    start = 0
    while start < len(data):
        at = data.find(b"\n", start)
        stop = len(data) if at < 0 else at + 1
        yield data[start:stop], stop
        start = stop


def _decoded(line: bytes) -> dict[str, Any] | None:
    head, _, text = line.partition(b" ")
    if not text.endswith(b"\n") or head != b"%08x" % zlib.crc32(text[:-1]):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class _Shard(msgspec.Struct):
    """A finished shard of a job, with an outcome for each implementation."""

    job: int
    shard: int
    outcomes: Any


def _shard(line: dict[str, Any], path: Path, number: int) -> _Shard:
    try:
        found = msgspec.convert(line, _Shard)
        decoded(_compact(found.outcomes), list[Outcome])
        return found
    except (msgspec.MsgspecError, RecursionError) as error:
        said = printable(" ".join(str(error).split()))[:200]
        raise UsageError(f"journal {path}: line {number} is no finished shard: {said}") from None


def _check(header: dict[str, Any], identity: dict[str, Any], path: Path) -> None:
    if header.get("journal") != _MAGIC or not isinstance(header.get("identity"), dict):
        raise UsageError(f"journal {path}: is no journal of a sweep; name another file")
    was = header["identity"]
    now = json.loads(_compact(identity))
    for name in dict.fromkeys((*now, *was)):
        if was.get(name) != now.get(name):
            said = printable(_difference(name, was, now))[:400]
            raise UsageError(
                f"journal {path}: is of another sweep: {said}; delete it or name another file"
            )


def _difference(name: str, was: dict[str, Any], now: dict[str, Any]) -> str:
    old, new = was.get(name), now.get(name)
    if isinstance(old, dict) and isinstance(new, dict):
        changed = next(k for k in (*new, *old) if old.get(k) != new.get(k))
        if changed in old and changed in new and name == "files":
            return f"the contents of {changed} have changed"
        return f"{name} {changed}: {old.get(changed, 'absent')}, now {new.get(changed, 'absent')}"
    return f"{name}: {old}, now {new}"
