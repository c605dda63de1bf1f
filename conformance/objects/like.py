"""An implementation that replaces a bundled one, and may deviate where that one declares to."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from conformance.errors import LoadError, did_you_mean
from conformance.kernels import importing, loading
from conformance.model import Implementation
from conformance.records import deviations
from conformance.records.grouping import grouped
from conformance.records.results import Report, Result


def alike(implementation: Implementation, named: str = "") -> Implementation:
    """The implementation with the deviations of the one that it, or `named`, says it is like.

    What it declares itself comes first. LoadError for a name that is not bundled.
    """
    name = implementation.like or named
    if not name or implementation.path == importing.bundled().get(name):
        return implementation
    if name not in importing.bundled():
        guess = did_you_mean(name, importing.bundled())
        raise LoadError(f"{implementation.path}: LIKE is {name!r}, which is not bundled.{guess}")
    theirs = loading.load(name).deviations
    own = implementation.deviations
    inherited = {k: f"as {name} does: {why}" for k, why in theirs.items() if k not in own}
    return replace(
        implementation, like=name, deviations={**inherited, **own}, inherited=frozenset(inherited)
    )


def hints(report: Report) -> Iterator[str]:
    """What `--like` would show as declared: functions that break only what their library does."""
    bundled = importing.bundled()
    musts = (r for r in report.results if r.fails and r.level == "must")
    broken = grouped(((r.implementation, r.function), r) for r in musts)
    for info in report.implementations:
        path = bundled.get(info.backend)
        if path is None or info.like or Path(info.file) in bundled.values():
            continue
        theirs = dict.fromkeys(_declared(path), "declared")
        alike = [f for (n, f), rs in broken.items() if n == info.name and _all_of(rs, theirs)]
        if alike:
            yield (
                f"{info.name}: of {', '.join(alike)} it breaks only laws that {info.backend} "
                f"breaks, too (docs/findings.md): --like {info.backend} if it replaces that"
            )


def _all_of(results: list[Result], theirs: Mapping[str, str]) -> bool:
    return all(deviations.reason(theirs, r.invariant, r.dtype) for r in results)


def _declared(path: Path) -> Iterator[str]:
    """The laws in the DEVIATIONS of a file, which is read and not run."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DEVIATIONS":
            assert isinstance(node.value, ast.Dict)
            yield from (str(k.value) for k in node.value.keys if isinstance(k, ast.Constant))
