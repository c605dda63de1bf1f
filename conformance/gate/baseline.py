"""The baseline's records and their text: TOML, sorted, one line per known failure and per law.

A file that is not exactly what `write` could have written, up to order and comments, is refused
with one line. Names in it are never used as paths and nothing in it is executed.
"""

from __future__ import annotations

import json
import math
import re
import stat
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from conformance.errors import BaselineError, ResultsError, one_line
from conformance.records.storage import put

FORMAT = 1
LARGEST = 16 * 2**20  # bytes: ten frameworks' baselines are under one megabyte


class KnownFailure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A known failure: `ratio` is error / bound where one was measured, `reason` a person's."""

    outcome: Literal["fail", "error"]
    ratio: float | None = None
    reason: str = ""


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is judged against. `known` and `ratios` are by case (`Result.key`).

    `limits` are what is refused, by kind: "Fortran order; strided arrays". `laws` are the laws that
    there were when it was made, with a fingerprint of level and bound.
    """

    spec: str = ""
    grade: str = ""
    platform: str = ""
    made_with: dict[str, dict[str, str]] = {}
    laws: dict[str, str] = {}
    known: dict[str, KnownFailure] = {}
    ratios: dict[str, float] = {}
    limits: dict[str, str] = {}


class Case(NamedTuple):
    """The parts of a case's key."""

    implementation: str
    function: str
    law: str
    dtype: str
    place: str  # mode-device

    @property
    def key(self) -> str:
        """As `Result.key` spells it."""
        return "::".join((*self[:3], f"{self.dtype}-{self.place}"))


def case_of(key: str) -> Case | None:
    """A key's parts; None if it is not one."""
    parts = key.rsplit("::", 3)
    dtype, dash, place = parts[-1].partition("-")
    if len(parts) != 4 or not all(parts) or not (dtype and dash and place):
        return None
    return Case(parts[0], parts[1], parts[2], dtype, place)


class _File(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    format: int
    spec: str
    grade: str = ""
    platform: str = ""
    made_with: dict[str, dict[str, str]] = msgspec.field(default={}, name="made-with")
    laws: dict[str, str] = {}
    known: dict[str, KnownFailure] = {}
    ratios: dict[str, dict[str, dict[str, float]]] = {}
    limits: dict[str, str] = {}


def read(path: Path | str) -> Baseline:
    """The baseline in a file. BaselineError names what is wrong with it."""
    path = Path(path)
    try:
        return parse(_bytes(path))
    except BaselineError as error:
        raise BaselineError(f"{one_line(path)}: {error}") from None
    except OSError as error:
        raise BaselineError(f"{one_line(path)}: {error.strerror or error}") from None


def _bytes(path: Path) -> bytes:
    if not path.exists():
        raise BaselineError("no such baseline; --update-baseline makes one")
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise BaselineError("not a regular file")
    if status.st_size > LARGEST:
        raise BaselineError(f"{status.st_size:,} bytes: no baseline is so large")
    with path.open("rb") as file:
        return file.read(LARGEST)


def parse(data: bytes) -> Baseline:
    """The baseline in a text. BaselineError names what is wrong with it."""
    try:
        raw = tomllib.loads(data.decode())
    except RecursionError:
        raise BaselineError("not a baseline: nested too deeply") from None
    except ValueError as error:  # not UTF-8, not TOML, an integer too long
        raise BaselineError(f"not a baseline: {one_line(error)}") from None
    if "format" not in raw:
        raise BaselineError("not a baseline: it has no `format`")
    found = raw["format"]
    if type(found) is not int or found != FORMAT:
        shown = found if type(found) is int and abs(found) < 10**9 else "of no version"
        raise BaselineError(f"format {shown}, but this version reads format {FORMAT}")
    if raw.pop("end", None) != {}:
        raise BaselineError("cut off: its last line is not [end]")
    try:
        file = msgspec.convert(raw, _File)
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        raise BaselineError(f"not a baseline: {one_line(error)}") from None
    baseline = Baseline(
        spec=file.spec,
        grade=file.grade,
        platform=file.platform,
        made_with=file.made_with,
        laws=file.laws,
        known=file.known,
        ratios=dict(_unpacked(file.ratios)),
        limits=file.limits,
    )
    _check(baseline)
    return baseline


def _check(baseline: Baseline) -> None:
    """What types cannot say: printable text, keys of cases, ratios that are ratios."""
    for text in _texts(baseline):
        if not text.isprintable():
            raise BaselineError(f"text that cannot be printed on one line: {one_line(ascii(text))}")
    for key in (*baseline.known, *baseline.ratios, *baseline.limits):
        if case_of(key) is None:
            raise BaselineError(
                f"{one_line(repr(key))} is not IMPLEMENTATION::FUNCTION::LAW::DTYPE-MODE-DEVICE"
            )
    known = ((k, v.ratio) for k, v in baseline.known.items() if v.ratio is not None)
    for key, ratio in (*known, *baseline.ratios.items()):
        if math.isnan(ratio) or ratio < 0:
            raise BaselineError(f"{one_line(repr(key))}: {ratio} is not a ratio")


def _texts(baseline: Baseline) -> Iterator[str]:
    yield from (baseline.spec, baseline.grade, baseline.platform)
    yield from (*baseline.known, *baseline.ratios, *baseline.limits, *baseline.limits.values())
    for name, versions in baseline.made_with.items():
        yield from (name, *versions, *versions.values())
    for key, value in baseline.laws.items():
        yield from (key, value)
    yield from (entry.reason for entry in baseline.known.values())


_Tables = dict[str, dict[str, dict[str, float]]]


def _packed(ratios: Mapping[str, float]) -> _Tables:
    """One table per implementation, function, mode and device; a line per law; dtypes in it."""
    tables: _Tables = defaultdict(lambda: defaultdict(dict))
    for key, ratio in sorted(ratios.items()):
        case = case_of(key)
        assert case is not None
        name = f"{case.implementation}::{case.function}::{case.place}"
        tables[name][case.law][case.dtype] = ratio
    return tables


def _unpacked(tables: _Tables) -> Iterator[tuple[str, float]]:
    for name, laws in tables.items():
        parts = name.rsplit("::", 2)
        if len(parts) != 3:
            raise BaselineError(
                f"ratios.{one_line(repr(name))} is not IMPLEMENTATION::FUNCTION::MODE-DEVICE"
            )
        for law, by_dtype in laws.items():
            for dtype, ratio in by_dtype.items():
                yield Case(parts[0], parts[1], law, dtype, parts[2]).key, ratio


_HEAD = """\
# What `conformance run --baseline` compares with. Made by --update-baseline, which keeps every
# `reason`: write there why a failure is accepted. A ratio is error / bound; a case that grows
# by more than the factor fails the run.
"""


def text(baseline: Baseline) -> str:
    """The file's text: the same baseline always gives the same text."""
    _check(baseline)
    head = {"format": FORMAT, "spec": baseline.spec, "grade": baseline.grade}
    lines = [f"{k} = {_value(v)}" for k, v in {**head, "platform": baseline.platform}.items()]
    versions = {name: dict(sorted(of.items())) for name, of in baseline.made_with.items()}
    lines += _table("made-with", versions)
    lines += _table("known", {k: _entry(v) for k, v in baseline.known.items()})
    for name, laws in sorted(_packed(baseline.ratios).items()):
        lines += _table(f"ratios.{json.dumps(name, ensure_ascii=False)}", laws)
    lines += _table("limits", baseline.limits)
    lines += _table("laws", baseline.laws)
    return _HEAD + "\n".join([*lines, "", "[end]"]) + "\n"


def _table(name: str, rows: Mapping[str, object]) -> list[str]:
    body = [f"{_key(key)} = {_value(value)}" for key, value in sorted(rows.items())]
    return ["", f"[{name}]", *body] if body else []


def _entry(known: KnownFailure) -> dict[str, object]:
    ratio = {} if known.ratio is None else {"ratio": known.ratio}
    return {"outcome": known.outcome, **ratio, "reason": known.reason}


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _value(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    return repr(value)


def write(path: Path | str, baseline: Baseline) -> None:
    """Write a baseline, the whole file or nothing."""
    try:
        put(path, text(baseline).encode())
    except ResultsError as error:
        raise BaselineError(str(error)) from None
