"""Checks the values of options, whether they came from the command line, pytest or a file."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from conformance.cli.options import OPTIONS, Kind, Option
from conformance.errors import UsageError, unknown

if TYPE_CHECKING:
    from conformance.examine.selection import Settings

#: What the values of an option are, where its name does not say it.
_NOUNS = {"like": "bundled implementation", "require": "limit or format"}
_DEVICE = re.compile(r"[a-z]+(:\d+)?")


def values_from(source: Any, configured: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every option's checked value: as given, else as configured, else its default.

    `source` is argparse's namespace, pytest's `config`, or a mapping by name. UsageError.
    """
    found = {}
    for option in OPTIONS.values():
        raw, where = _given(source, option), f"--{option.name}"
        if raw is None and configured and option.name in configured:
            raw, where = configured[option.name], f"[tool.conformance] {option.name}"
        if raw is None and option.kind == "workers":
            raw = option.default
        found[option.dest] = option.default if raw is None else normalised(option, raw, where)
    for option in OPTIONS.values():
        if option.kind in ("names", "texts"):
            found[option.dest] = found[option.dest] or ()
    return found


def _given(source: Any, option: Option) -> Any:
    if isinstance(source, Mapping):
        return source.get(option.dest, source.get(option.name))
    if hasattr(source, "getoption"):
        return source.getoption(f"conformance_{option.dest}", None)
    return getattr(source, option.dest, None)


def settings_of(values: Mapping[str, Any]) -> Settings:
    """The settings in checked values."""
    from conformance.examine.selection import Settings

    return Settings(
        effort=values["effort"],
        grade=values["grade"],
        only=_laws(values["only"]),
        functions=values["function"],
        dtypes=values["dtype"],
        devices=values["device"],
        modes=values["mode"],
        seed=values["seed"],
        search=values["search"],
        like=values["like"] or "",
        require=values["require"],
    )


def _laws(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The same patterns, if each matches a law."""
    from fnmatch import fnmatchcase

    if patterns:
        from conformance.spec import catalogue

        known = catalogue()
        for pattern in patterns:
            if not any(fnmatchcase(law, pattern) for law in known):
                raise UsageError(unknown("law", pattern, known, "`conformance spec` lists all."))
    return patterns


def normalised(option: Option, raw: Any, where: str) -> Any:
    """A value as it is used. UsageError, with where it stood, if it is none."""
    try:
        return _NORMALISED[option.kind](option, raw)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None


def _names(option: Option, raw: Any) -> tuple[str, ...]:
    parts = [raw] if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise UsageError(f"{raw!r} is not a list of names")
    names = [name.strip() for part in parts for name in part.split(",")]
    return tuple(dict.fromkeys(_name(option, name) for name in names))


def _texts(option: Option, raw: Any) -> tuple[str, ...]:
    parts = [raw] if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple) or not all(isinstance(p, str) and p for p in parts):
        raise UsageError(f"{raw!r} is not a list of calls such as 'softmax(axis=1)'")
    return tuple(parts)


def _name(option: Option, name: str) -> str:
    if option.name == "device" and not _DEVICE.fullmatch(name):
        raise UsageError(f"{name!r} is not a device; devices are cpu, cuda, cuda:1, gpu, all")
    if not name:
        raise UsageError("an empty name")
    if option.known is None:
        return name
    known = tuple(option.known())
    spelled = name.replace("-", "_") if option.name == "function" else name
    if spelled not in known:
        raise UsageError(unknown(_NOUNS.get(option.name, option.name), name, known))
    return spelled


def _choice(option: Option, raw: Any) -> str:
    known = tuple(option.known()) if option.known else ()
    if raw not in known:
        raise UsageError(unknown(_NOUNS.get(option.name, option.name), str(raw), known))
    return str(raw)


def _number(option: Option, raw: Any) -> float:
    try:
        value = float("nan" if isinstance(raw, bool) else raw)
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not (math.isfinite(value) and value >= option.least):
        raise UsageError(f"{raw!r} is not a number of at least {option.least:g}")
    return value


def _whole(option: Option, raw: Any, other: str = "") -> int:
    try:
        value = -1 if isinstance(raw, bool | float) else int(raw)
    except (TypeError, ValueError):
        value = -1
    if not 0 <= value < 2**63:
        raise UsageError(f"{raw!r} is not a whole number of at least 0{other}")
    return value


def _seed(option: Option, raw: Any) -> int:
    if raw == "random":
        return secrets.randbits(32)
    return _whole(option, raw, ", or random")


def _workers(option: Option, raw: Any) -> int:
    if raw == "auto":
        from conformance.machine import workers

        return workers()
    return _whole(option, raw, ", or auto")


def _flag(option: Option, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise UsageError(f"{raw!r} is not true or false")
    return raw


def _file(option: Option, raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip() or "\0" in raw:
        raise UsageError(f"{raw!r} is not the name of a file")
    return raw


_NORMALISED: dict[Kind, Callable[[Option, Any], Any]] = {
    "names": _names,
    "texts": _texts,
    "choice": _choice,
    "number": _number,
    "whole": _whole,
    "seed": _seed,
    "workers": _workers,
    "flag": _flag,
    "file": _file,
}
