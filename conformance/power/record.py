"""A measurement as JSON: written by `conformance power --json`, joined by `--from`."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from conformance._version import SPEC_VERSION
from conformance.errors import UsageError
from conformance.power.matrix import Verdict
from conformance.records.storage import put

VERSION = 1
T = TypeVar("T")


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """The same mutants under today's usual checks: what each check is, and what it said.

    `said`: mutant -> check -> "caught", "passed", or "none" where the check cannot be made.
    """

    checks: dict[str, str]
    said: dict[str, dict[str, str]]


class Measurement(msgspec.Struct, kw_only=True):
    """All verdicts. `complete` is written last."""

    power_version: int = VERSION
    spec_version: str = SPEC_VERSION
    environment: dict[str, str] = {}
    verdicts: list[Verdict] = []
    complete: bool = False


def write(measurement: Measurement, path: Path | str) -> None:
    """Write the JSON, whole or not at all."""
    put(path, msgspec.json.format(msgspec.json.encode(measurement), indent=1) + b"\n")


class Keeper:
    """Writes a measurement that grows, at most every few seconds; nothing without a path."""

    EVERY = 10.0  # seconds; writing a thousand verdicts takes some milliseconds

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._kept = time.monotonic()

    def keep(self, measurement: Measurement) -> None:
        """Write it, if it is time to."""
        if self._path and time.monotonic() - self._kept >= self.EVERY:
            write(measurement, self._path)
            self._kept = time.monotonic()


def read(path: str) -> Measurement:
    """A measurement from a file. UsageError, in one line, if it is none."""
    found = _decoded(path, Measurement)
    if found.power_version != VERSION:
        raise UsageError(f"{path}: has version {found.power_version}; this one reads {VERSION}")
    return found


def read_usual(paths: Iterable[str]) -> Usual:
    """What `benchmarks/usual_checks.py` wrote, joined. UsageError if it did not."""
    parts = [_decoded(path, Usual) for path in paths]
    whole = Usual(checks={}, said={})
    for part in parts:
        whole.checks.update(part.checks)
        whole.said.update(part.said)
    return whole


def _decoded(path: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=kind)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {' '.join(str(error).split())[:200]}") from None


def joined(parts: Iterable[Measurement]) -> Measurement:
    """Several as one. Of two verdicts on the same specimen, seed and effort the later stands."""
    whole = Measurement(complete=True)
    found: dict[tuple[str, str, int, str], Verdict] = {}
    for part in parts:
        whole.environment = {**whole.environment, **part.environment}
        whole.complete &= part.complete
        found |= {(v.kind, v.specimen.name, v.seed, v.effort): v for v in part.verdicts}
    whole.verdicts = list(found.values())
    return whole
