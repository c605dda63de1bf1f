"""A run in one line of JSON, for reward functions, autotuners and scripts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import msgspec

from conformance.records.results import Report, Result, number
from conformance.reporting.limits import plain

_VERSIONS = ("conformance", "spec", "python", "numpy")


def score(
    report: Report, *, status: int, fail_on: str = "must", seconds: float | None = None
) -> dict[str, Any]:
    """The score of a run as plain data; numbers that are infinite are the string "inf".

    `conforms` and `status` are the verdict and the exit status. `broken` gives, for must and
    should, each broken law with its worst error / bound (None if the call raised). `worst` is the
    largest error / bound of must laws, with the law, where it was found and the input. `limits`
    are the classes of inputs that are refused, with the level of the law that speaks of them.
    May laws, which nothing can break, are not among the `cases`.
    """
    cases = [r for r in report.results if r.outcome != "unsupported" and r.level != "may"]
    return {
        "conforms": status == 0,
        "status": status,
        "implementations": [i.name for i in report.implementations],
        "broken": {level: _broken(cases, level) for level in ("must", "should")},
        "limits": plain(report),
        "raised": sorted({r.invariant for r in cases if r.outcome == "error"}),
        "worst": _worst(cases),
        "passed": sum(r.outcome == "pass" for r in cases),
        "cases": len(cases),
        "examples": sum(r.examples for r in cases),
        "seconds": None if seconds is None else round(seconds, 2),
        "seed": int(report.settings.get("seed", 0)),
        "effort": report.settings.get("effort", ""),
        "grade": report.settings.get("grade", ""),
        "fail_on": fail_on,
        "versions": _versions(report),
    }


def line(found: dict[str, Any]) -> str:
    """The score on one line."""
    return msgspec.json.encode(found).decode()


def _broken(cases: Iterable[Result], level: str) -> dict[str, Any]:
    """Each broken law of a level with its worst ratio, the worst law first."""
    worst: dict[str, float] = {}
    for r in cases:
        if r.fails and r.level == level:
            ratio = r.excess if r.ratio is not None else math.nan
            known = worst.get(r.invariant, math.nan)
            worst[r.invariant] = ratio if math.isnan(known) else max(known, ratio)
    ordered = sorted(worst.items(), key=lambda item: (math.isnan(item[1]), -item[1], item[0]))
    return {law: None if math.isnan(ratio) else number(ratio) for law, ratio in ordered}


def _worst(cases: list[Result]) -> dict[str, Any] | None:
    """The must case with the largest ratio, any case if there is none; a failing one first."""
    measured = [r for r in cases if r.ratio is not None]
    measured = [r for r in measured if r.level == "must"] or measured
    if not measured:
        return None
    r = max(measured, key=lambda r: (r.outcome == "fail", r.excess))
    found: dict[str, Any] = {
        "ratio": r.ratio, "law": r.invariant, "implementation": r.implementation,
        "dtype": r.dtype, "device": r.device, "mode": r.mode, "at": r.worst,
    }  # fmt: skip
    if r.counterexample is not None:
        found["replay"] = r.counterexample.id
        found["input"] = msgspec.to_builtins(r.counterexample.arguments)
    return found


def _versions(report: Report) -> dict[str, str]:
    libraries = {i.library or i.backend: i.version for i in report.implementations}
    found = {name: report.environment.get(name, "") for name in _VERSIONS} | libraries
    return {name: version for name, version in found.items() if version}
