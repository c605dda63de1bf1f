"""The results file: the one reader, the one writer and the schema of `conformance run --json`.

A file is written completely or not at all. Whatever is wrong with one is a line of `ResultsError`
that names the file and the remedy. `python -m conformance.records.storage` prints the JSON Schema.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from conformance.errors import ResultsError, one_line
from conformance.records.results import SCHEMA_VERSION, Report

T = TypeVar("T")

LARGEST = 512 * 2**20  # bytes: a run of ten frameworks, every mode and device, is under 50 MB

_MAKE_ONE = "`conformance run IMPLEMENTATION --json FILE` makes one"


class _Head(msgspec.Struct):
    """All that is looked at before the version is known."""

    schema_version: Any = None


def read(path: Path | str) -> Report:
    """The report in a results file, whether or not its run was complete."""
    data = _bytes(path)
    try:
        _check_version(_decoded(data, _Head).schema_version)
        return _decoded(data, Report)
    except ResultsError as error:
        raise ResultsError(f"{one_line(path)}: {error}") from None


def _bytes(path: Path | str) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise ResultsError(f"{one_line(path)}: {_unreadable(error)}") from None
    if len(data) > LARGEST:
        raise ResultsError(f"{one_line(path)}: over {LARGEST:,} bytes; no results file is so large")
    return data


def _unreadable(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"no such results file; {_MAKE_ONE}"
    if isinstance(error, IsADirectoryError):
        return "a directory; name the results file in it"
    return f"cannot be read: {getattr(error, 'strerror', None) or one_line(error)}"


def _decoded(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise ResultsError(f"not a results file: {one_line(error)}; {_MAKE_ONE}") from None
    except RecursionError:
        raise ResultsError(f"not a results file: nested too deeply; {_MAKE_ONE}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ResultsError(_not_json(data, error)) from None


def _not_json(data: bytes, error: Exception) -> str:
    if not data.strip():
        return f"empty; {_MAKE_ONE}"
    if "truncated" in str(error):
        return "cut off; copy it again, or make it again with `conformance run ... --json FILE`"
    return f"not JSON: {one_line(error)}; {_MAKE_ONE}"


def _check_version(found: object) -> None:
    if found is None:
        raise ResultsError(f"not a results file: it has no schema_version; {_MAKE_ONE}")
    if type(found) is int and found == SCHEMA_VERSION:
        return
    shown = str(found) if type(found) is int and abs(found) < 10**9 else "unknown"
    newer = type(found) is int and found > SCHEMA_VERSION
    way = "a newer conformance reads it" if newer else "make it again with this version"
    raise ResultsError(
        f"results of schema version {shown}, but this version reads {SCHEMA_VERSION}; {way}"
    )


def write(report: Report, path: Path | str) -> None:
    """Write a results file, whole or not at all; `complete` is its last key."""
    put(path, encoded(report) + b"\n")


def encoded(report: Report) -> bytes:
    """The JSON of a results file, on one line."""
    try:
        return msgspec.json.encode(report)
    except UnicodeEncodeError:  # a message with a lone surrogate, as in an undecodable file name
        return msgspec.json.encode(encodable(msgspec.to_builtins(report)))


def encodable(value: Any) -> Any:
    """The same with what UTF-8 cannot hold replaced."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {encodable(k): encodable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [encodable(v) for v in value]
    return value


def put(path: Path | str, data: bytes) -> None:
    """Write a file, whole or not at all. A device or pipe is written to, never replaced."""
    try:
        target = Path(path).resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(data)
        else:
            replace(target, data)
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL in the name
        why = getattr(error, "strerror", None) or one_line(error)
        raise ResultsError(f"{one_line(path)}: cannot be written: {why}") from None


def replace(path: Path, data: bytes) -> None:
    """Put a file in the place of another at once, so that no reader sees a part. OSError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0o022)  # the only way to read it is to set it
    os.umask(mask)
    return mask


def schema() -> dict[str, Any]:
    """The JSON Schema of a results file."""
    found = msgspec.json.schema(Report)
    for record in found["$defs"].values():  # which some versions of msgspec leave indented
        record["description"] = inspect.cleandoc(record["description"])
    report = found["$defs"]["Report"]
    report["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    report["required"] = ["schema_version", "complete"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The results of a conformance run",
        **found,
    }


def schema_text() -> str:
    """`docs/results.schema.json`."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def ignored(folder: Path) -> None:
    """Have Git ignore a folder. OSError."""
    note = folder / ".gitignore"
    if not note.exists():
        note.write_text("*\n", encoding="utf-8")


if __name__ == "__main__":
    sys.stdout.write(schema_text())
