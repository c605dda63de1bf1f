"""`[tool.conformance]` of pyproject.toml: the same options as the command line, under their names.

Unknown keys are refused with a suggestion. Files are relative to the pyproject.toml they stand in.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from conformance.cli.options import OPTIONS
from conformance.cli.values import normalised
from conformance.errors import UsageError, unknown

#: The only key that is no option: what `conformance run` without names examines.
IMPLEMENTATIONS = "implementations"


def find(start: Path | None = None) -> Path | None:
    """The nearest pyproject.toml with a [tool.conformance], here or in a folder above."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        path = folder / "pyproject.toml"
        if os.access(path, os.R_OK) and _table(path) is not None:
            return path
    return None


def read(start: Path | None = None) -> dict[str, Any]:
    """The configured values by option name, checked; empty if there is no table. UsageError."""
    path = find(start)
    table = None if path is None else _table(path)
    if path is None or table is None:
        return {}
    return {key: _value(path, key, raw) for key, raw in table.items()}


def _table(path: Path) -> dict[str, Any] | None:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
        found = table.get("conformance") if isinstance(table, dict) else None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{_shown(path)}: cannot be read: {error}") from None
    if found is None or isinstance(found, dict):
        return found
    raise UsageError(f"{_shown(path)}: tool.conformance is not a table")


def _value(path: Path, key: str, raw: Any) -> Any:
    where = f"{_shown(path)}: [tool.conformance] {key}"
    if key == IMPLEMENTATIONS:
        return _implementations(path, raw, where)
    if key not in OPTIONS:
        words = unknown("option", key, (*OPTIONS, IMPLEMENTATIONS))
        raise UsageError(f"{_shown(path)}: [tool.conformance]: {words}")
    value = normalised(OPTIONS[key], raw, where)
    return _relative(path, value) if OPTIONS[key].kind == "file" and value != "-" else value


def _implementations(path: Path, raw: Any, where: str) -> tuple[str, ...]:
    if not isinstance(raw, list) or not raw or not all(isinstance(ref, str) for ref in raw):
        raise UsageError(f"{where}: {raw!r} is not a list of names and files")
    return tuple(_relative(path, ref) if ".py" in ref and "; " not in ref else ref for ref in raw)


def _relative(path: Path, name: str) -> str:
    """A file named in pyproject.toml, as it is called from the current directory."""
    return name if Path(name).is_absolute() else _shown(path.parent / name)


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
