"""Every option of a run, declared once: for the command line, for pytest and for pyproject.toml.

The values are checked in one place, `normalised`, wherever they were written. Nothing heavy is
imported here: pytest reads this module at every start.
"""

from __future__ import annotations

import argparse
import importlib
import math
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from conformance.errors import UsageError, unknown

if TYPE_CHECKING:
    from conformance.examine.selection import Settings


Kind = Literal["names", "texts", "choice", "whole", "seed", "number", "flag", "file", "workers"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option. `known` gives the values there are, lazily; `pytest` says that pytest has it."""

    name: str
    kind: Kind
    group: str
    help: str
    metavar: str = ""
    default: Any = None
    known: Callable[[], Iterable[str]] | None = None
    least: float = 0
    flags: tuple[str, ...] = ()
    pytest: bool = True

    @property
    def dest(self) -> str:
        """The attribute that argparse keeps it in."""
        return self.name.replace("-", "_")

    @property
    def spelled(self) -> tuple[str, ...]:
        """The option as it is typed on the command line, all spellings."""
        short = (f for f in self.flags if len(f) == 2)
        return (*short, f"--{self.name}", *(f for f in self.flags if len(f) > 2))


def _there(module: str, name: str) -> Callable[[], Iterable[str]]:
    """The names in a module's tuple or table, imported when they are asked for."""
    return lambda: getattr(importlib.import_module(f"conformance.{module}"), name)


def _bundled() -> Iterable[str]:
    from conformance.kernels.importing import bundled

    return bundled()


MODES = ("eager", "jit", "vmap", "grad-of-jit", "autocast", "all")
EFFORTS = ("quick", "default", "thorough")
GRADES = ("strict", "standard", "relaxed")
LEVELS = ("must", "should")
_DEVICE = re.compile(r"[a-z]+(:\d+)?")

_WHAT, _HOW, _GATE, _OUT = "what is examined", "how", "the gate", "what is written"

OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option(
            "function", "names", _WHAT, "only these functions of the spec", "NAME",
            known=_there("functions", "FUNCTIONS"),
        ),
        Option(
            "as", "texts", _WHAT,
            "which function of the spec FILE::NAME is, what it has built in and what it calls its "
            "arguments: 'softmax(axis=1)', 'softmax(axis=dim)'; once for all or once for each",
            "CALL",
        ),
        Option(
            "like", "choice", _WHAT,
            "the bundled implementation that is replaced: its declared deviations are no failures",
            "NAME", known=_bundled,
        ),
        Option("only", "names", _WHAT, "only these laws; * and ? are wildcards", "LAW"),
        Option(
            "dtype", "names", _WHAT, "of float64, float32, float16, bfloat16 (default: all)",
            "NAME", known=_there("floats", "FORMATS"),
        ),
        Option("device", "names", _WHAT, "cpu, cuda, cuda:1, gpu, all (default: the CPU)", "NAME"),
        Option(
            "mode", "names", _WHAT,
            "of eager, jit, vmap, grad-of-jit, all (default: eager; for JAX also jit)",
            "NAME", known=lambda: MODES,
        ),
        Option(
            "effort", "choice", _HOW, "how many examples: quick, default or thorough",
            "LEVEL", "default", lambda: EFFORTS,
        ),
        Option(
            "grade", "choice", _HOW, "the constants of the bounds: strict, standard or relaxed",
            "NAME", "standard", lambda: GRADES,
        ),
        Option(
            "seed", "seed", _HOW,
            "the same seed gives the same examples; random draws one and says which", "N", 0,
            flags=("--hypothesis-seed",),
        ),
        Option(
            "search", "number", _HOW,
            "seconds of steps from the worst inputs to worse ones, per subject; 0: thorough runs 2",
            "SECONDS", 0.0,
        ),
        Option(
            "workers", "workers", _HOW,
            "processes that share the work; auto is one per core", "N", "auto",
            flags=("-n",), pytest=False,
        ),
        Option(
            "watch", "flag", _HOW, "run again when a file changes, or one that it imports",
            pytest=False,
        ),
        Option(
            "timeout", "number", _HOW, "seconds that one subject may take without a sign of life",
            "SECONDS", 60.0, least=0.1,
        ),
        Option(
            "budget", "number", _HOW,
            "seconds that a run may take: then large sizes are left out, and it is said; 0: any",
            "SECONDS", 1800.0, pytest=False,
        ),
        Option(
            "memory", "whole", _HOW, "MiB that a subject may take above the start; 0: the default",
            "MIB", 0,
        ),
        Option(
            "fail-on", "choice", _GATE, "the weakest level that fails the run: must or should",
            "LEVEL", "must", lambda: LEVELS,
        ),
        Option(
            "require", "names", _GATE,
            "limits and formats that fail the run: layouts, axes, ranks, one-class, sizes, empty, "
            "options, derivatives, float16, ...", "NAME",
            known=_there("kernels.limit_words", "REQUIRABLE"),
        ),
        Option("baseline", "file", _GATE, "fail only on what is new or worse", "FILE"),
        Option("update-baseline", "flag", _GATE, "write this run to the baseline, keep reasons"),
        Option(
            "strict-baseline", "flag", _GATE, "fixed and unmatched entries of the baseline fail too"
        ),
        Option(
            "worse-factor", "number", _GATE, "the growth of error / bound that is worse", "F", 2.0,
            least=1,
        ),
        Option(
            "score", "flag", _OUT,
            "print one line of JSON and nothing else: the verdict, broken laws, the worst error",
            pytest=False,
        ),
        Option(
            "json", "file", _OUT,
            "the results: what report, compare and replay read; - prints them and nothing else",
            "FILE",
        ),
        Option("html", "file", _OUT, "the report, one page that needs no network", "FILE"),
        Option("markdown", "file", _OUT, "a summary for a pull request", "FILE"),
        Option("junit", "file", _OUT, "JUnit XML for a CI service", "FILE", pytest=False),
        Option("all", "flag", _OUT, "print every failure, not one screen of them", pytest=False),
        Option(
            "quiet", "flag", _OUT, "no progress: only the verdict and the failures",
            flags=("-q",), pytest=False,
        ),
    )
}  # fmt: skip


def add_to_argparse(parser: argparse.ArgumentParser) -> None:
    """Declare all options on a parser. Absent ones are None, so that pyproject.toml can speak."""
    groups: dict[str, Any] = {}
    for option in OPTIONS.values():
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(option.group)
        groups[option.group].add_argument(*option.spelled, **_arguments(option, option.dest))


def add_named(group: Any, names: Iterable[str]) -> None:
    """Declare some of the options on a parser or group: those that another command shares."""
    for option in map(OPTIONS.__getitem__, names):
        group.add_argument(*option.spelled, **_arguments(option, option.dest))


def add_to_pytest(group: Any) -> None:
    """Declare them for pytest, each as --conformance-NAME; `group` is pytest's option group."""
    group.addoption(
        "--conformance", action="append", metavar="FILE", default=None, dest="conformance",
        help="examine the implementation in FILE, or a bundled one by name; may be repeated",
    )  # fmt: skip
    for option in OPTIONS.values():
        if option.pytest:
            dest = f"conformance_{option.dest}"
            group.addoption(f"--conformance-{option.name}", **_arguments(option, dest))


def _arguments(option: Option, dest: str) -> dict[str, Any]:
    """What argparse's and pytest's add methods take alike."""
    number = isinstance(option.default, float)
    default = f"{option.default:g}" if number else option.default
    shown = "" if default is None else f" (default: {default})"
    if option.kind == "flag":
        return {"action": "store_true", "default": None, "dest": dest, "help": option.help}
    action = "append" if option.kind in ("names", "texts") else "store"
    words = {"action": action, "default": None, "dest": dest, "metavar": option.metavar}
    return {**words, "help": option.help + shown}


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


def settings_from(source: Any, configured: Mapping[str, Any] | None = None) -> Settings:
    """The settings of an examination; `source` as in `values_from`. UsageError."""
    return settings_of(values_from(source, configured))


def settings_of(values: Mapping[str, Any]) -> Settings:
    """The settings in checked values."""
    from conformance.examine.selection import Settings

    return Settings(
        effort=values["effort"],
        grade=values["grade"],
        only=_clauses(values["only"]),
        functions=values["function"],
        dtypes=values["dtype"],
        devices=values["device"],
        modes=values["mode"],
        seed=values["seed"],
        search=values["search"],
        like=values["like"] or "",
        require=values["require"],
    )


def _clauses(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The same patterns, if each matches a law."""
    from fnmatch import fnmatchcase

    if patterns:
        from conformance.spec import catalogue

        known = catalogue()
        for pattern in patterns:
            if not any(fnmatchcase(clause, pattern) for clause in known):
                raise UsageError(unknown("law", pattern, known) + "; `conformance spec` lists all")
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
        raise UsageError(f"{name!r} is no device; devices are cpu, cuda, cuda:1, gpu, all")
    if not name:
        raise UsageError("an empty name")
    if option.known is None:
        return name
    known = tuple(option.known())
    spelled = name.replace("-", "_") if option.name == "function" else name
    if spelled not in known:
        raise UsageError(unknown(option.name, name, known))
    return spelled


def _choice(option: Option, raw: Any) -> str:
    known = tuple(option.known()) if option.known else ()
    if raw not in known:
        raise UsageError(unknown(option.name, str(raw), known))
    return str(raw)


def _number(option: Option, raw: Any) -> float:
    try:
        value = float("nan" if isinstance(raw, bool) else raw)
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not (math.isfinite(value) and value >= option.least):
        raise UsageError(f"{raw!r} is not a number of at least {option.least:g}")
    return value


def _whole(option: Option, raw: Any) -> int:
    try:
        value = -1 if isinstance(raw, bool | float) else int(raw)
    except (TypeError, ValueError):
        value = -1
    if not 0 <= value < 2**63:
        raise UsageError(f"{raw!r} is not a whole number of at least 0")
    return value


def _seed(option: Option, raw: Any) -> int:
    if raw == "random":
        return secrets.randbits(32)
    try:
        return _whole(option, raw)
    except UsageError as error:
        raise UsageError(f"{error}, or random") from None


def _workers(option: Option, raw: Any) -> int:
    if raw == "auto":
        from conformance.machine import workers

        return workers()
    try:
        return _whole(option, raw)
    except UsageError as error:
        raise UsageError(f"{error}, or auto") from None


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
