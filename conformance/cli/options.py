"""Every option of a run, declared once: for the command line, for pytest and for pyproject.toml.

`cli/values.py` checks the values, wherever they were written. Nothing heavy is imported here, since
pytest reads this module at every start.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

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
    """The names in a module's tuple or table, imported on demand."""
    return lambda: getattr(importlib.import_module(f"conformance.{module}"), name)


def _bundled() -> Iterable[str]:
    from conformance.kernels.importing import bundled

    return bundled()


MODES = ("eager", "jit", "vmap", "grad-of-jit", "autocast", "all")

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
            "arguments: 'softmax(axis=1)', 'softmax(where=mask)'; once for all or once for each",
            "CALL",
        ),
        Option(
            "like", "choice", _WHAT,
            "the bundled implementation that the kernel replaces: what that declares does not fail",
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
            "LEVEL", "default", _there("examine.selection", "EFFORTS"),
        ),
        Option(
            "grade", "choice", _HOW, "the constants of the bounds: strict, standard or relaxed",
            "NAME", "standard", _there("model", "GRADES"),
        ),
        Option(
            "seed", "seed", _HOW,
            "the same seed gives the same examples; random draws one and reports it", "N", 0,
            flags=("--hypothesis-seed",),
        ),
        Option(
            "search", "number", _HOW,
            "seconds for each function and format in which inputs near the worst are tried; with 0 "
            "thorough runs take 2, others none",
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
            "timeout", "number", _HOW,
            "seconds after which a call or an import that does not return is broken off",
            "SECONDS", 60.0, least=0.1,
        ),
        Option(
            "budget", "number", _HOW,
            "seconds that a run may take; what is left out then is listed. 0 sets no limit",
            "SECONDS", 1800.0, pytest=False,
        ),
        Option(
            "memory", "whole", _HOW,
            "MiB that an examination may take; 0 means 4096, or less where less is free",
            "MIB", 0,
        ),
        Option(
            "fail-on", "choice", _GATE, "the weakest level that fails the run: must or should",
            "LEVEL", "must", lambda: ("must", "should"),
        ),
        Option(
            "require", "names", _GATE,
            "limits and missing formats that fail the run: layouts, axes, ranks, one-class, sizes, "
            "empty, options, numbers, derivatives, float16, ...", "NAME",
            known=_there("kernels.limit_words", "REQUIRABLE"),
        ),
        Option("baseline", "file", _GATE, "fail only on what is new or worse", "FILE"),
        Option(
            "update-baseline", "flag", _GATE,
            "write what this run found to the baseline; reasons are kept",
        ),
        Option(
            "strict-baseline", "flag", _GATE,
            "entries of the baseline that hold again or match nothing fail, too",
        ),
        Option(
            "worse-factor", "number", _GATE,
            "how many times a known error / bound may grow before it counts as worse", "F", 2.0,
            least=1,
        ),
        Option(
            "score", "flag", _OUT,
            "print one line of JSON and nothing else: the verdict, broken laws, the worst error",
            pytest=False,
        ),
        Option(
            "json", "file", _OUT,
            "the results, for report, compare and replay; - prints them and nothing else",
            "FILE",
        ),
        Option("html", "file", _OUT, "the report, one page that needs no network", "FILE"),
        Option("markdown", "file", _OUT, "a summary for a pull request", "FILE"),
        Option("junit", "file", _OUT, "JUnit XML for a CI service", "FILE", pytest=False),
        Option("all", "flag", _OUT, "print every failure in full", pytest=False),
        Option(
            "quiet", "flag", _OUT, "no progress, only the verdict and the failures",
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
    """The arguments that argparse's and pytest's add methods share."""
    number = isinstance(option.default, float)
    default = f"{option.default:g}" if number else option.default
    shown = "" if default is None else f" (default: {default})"
    if option.kind == "flag":
        return {"action": "store_true", "default": None, "dest": dest, "help": option.help}
    action = "append" if option.kind in ("names", "texts") else "store"
    words = {"action": action, "default": None, "dest": dest, "metavar": option.metavar}
    return {**words, "help": option.help + shown}
