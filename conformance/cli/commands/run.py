"""`conformance run`: examine, show, judge, write."""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conformance.cli import config
from conformance.cli.gating import Gate
from conformance.cli.options import OPTIONS, add_to_argparse
from conformance.cli.values import settings_of
from conformance.cli.values import values_from as values_of
from conformance.errors import UsageError, unknown

if TYPE_CHECKING:
    from conformance.errors import ResultsError
    from conformance.gate.changes import Judged
    from conformance.model import Implementation
    from conformance.processes.run import Plan
    from conformance.records.results import NotRun, Report, Result

DESCRIPTION = "Examine implementations: files of yours, or numpy, torch, jax, ... by name."
EXAMPLES = """\
examples:
  conformance run                                    what is installed of NumPy, PyTorch and JAX
  conformance run my_kernels.py                      your own file
  conformance run my_kernels.py torch                beside PyTorch
  conformance run k.py::Softmax --as 'softmax(axis=1)'      a class, function, instance
  conformance run mine.ops:ce --as 'cross_entropy_with_logits(logits=input, labels=target)'
  conformance run k.py::into --as 'softmax(x, out)'         writes to its second argument
  conformance run problem.py solution.py             KernelBench's form; a BackendBench folder, ...
  conformance run k.py --effort quick --watch        again whenever the file is saved
  conformance run k.py --effort quick --score        one line of JSON for a script
  conformance run my_kernels.py --function softmax --dtype float16,bfloat16 --effort thorough
  conformance run my_kernels.py --only 'softmax/*' --mode all --device cuda
  conformance run my_kernels.py --json results.json --html report.html
  conformance run my_kernels.py --baseline conformance.baseline --update-baseline
  conformance run my_kernels.py --baseline conformance.baseline        fails on new and worse

Every option may stand in pyproject.toml under [tool.conformance], with `implementations = [...]`;
the command line comes first. Lists are separated by commas or given by repeating the option.
exit status: 0 conforms, 1 does not, 2 interrupted, 3 internal error, 4 usage, 5 nothing examined
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "implementations",
        metavar="IMPLEMENTATION",
        nargs="*",
        help="a Python file, FILE.py::OBJECT, package.module:OBJECT, or a bundled library by name",
    )
    add_to_argparse(parser)


def examined(
    refs: tuple[str, ...], options: Mapping[str, Any],
    here: Mapping[str, Implementation] | None = None,
) -> tuple[Report, str]:  # fmt: skip
    """What `conformance.check` does: examine without printing; the report and `fail_on`."""
    from conformance.objects.calls import known

    spelled = {name.replace("_", "-"): value for name, value in options.items()}
    for name in spelled:
        if name not in OPTIONS:
            names = [*(o.dest for o in OPTIONS.values()), *known()]
            raise UsageError(unknown("option", name, names))
    values = values_of(spelled)
    return _report(refs or _installed(), not refs, values, None, here), values["fail_on"]


def _named(refs: tuple[str, ...], values: Mapping[str, Any]) -> tuple[str, ...]:
    """The implementations to examine, each with its --as; what is installed if none is named."""
    from conformance.objects.asked import typed

    if not refs and values["as"]:
        raise UsageError("--as needs an object: conformance run my_kernels.py::NAME --as CALL")
    return typed(refs, values["as"]) or _installed()


def run(args: argparse.Namespace) -> int:
    """Examine, show, judge, write; the exit status."""
    from conformance.processes import forked

    with forked.kept():  # which import while the options are read
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    configured = config.read()
    values = values_of(args, configured)
    refs = tuple(args.implementations) or configured.get(config.IMPLEMENTATIONS, ())
    if values["score"] and values["json"] == "-":
        raise UsageError("--score and --json - both want standard output: name a file for --json")
    if not values["watch"]:
        return _once(refs, values)
    from conformance.cli import watching

    return watching.watch(lambda: _named(refs, values), lambda: _once(refs, values))


def _once(refs: tuple[str, ...], values: Mapping[str, Any]) -> int:
    gate, started = Gate(values), time.monotonic()
    report = _watched(_named(refs, values), not refs, values)
    return _finished(report, gate.judged(report), values, time.monotonic() - started)


def _usual() -> dict[str, bool]:
    """The libraries that a run without names examines, and whether each is installed."""
    from conformance.backends import libraries

    return {of.name: bool(importlib.util.find_spec(of.name))
            for of in libraries().values() if of.on_cpu}  # fmt: skip


def _installed() -> tuple[str, ...]:
    return tuple(name for name, there in _usual().items() if there)


def _absent() -> list[NotRun]:
    """The default libraries that are not installed."""
    from conformance.backends import about
    from conformance.records.results import NotRun

    absent = [about(name) for name, there in _usual().items() if not there]
    return [NotRun(what=of.name, why=f"{of.title} is not installed: pip install {of.package}")
            for of in absent]  # fmt: skip


def _plan(
    refs: tuple[str, ...], values: Mapping[str, Any], here: Mapping[str, Implementation] | None
) -> Plan:
    from conformance.processes.run import Plan

    return Plan(
        implementations=refs,
        settings=settings_of(values),
        workers=values["workers"],
        timeout=values["timeout"],
        memory=values["memory"],
        budget=values["budget"] if values["effort"] != "thorough" else 0.0,
        here=here,
    )


def _report(
    refs: tuple[str, ...], default: bool, values: Mapping[str, Any], progress: Any,
    here: Mapping[str, Implementation] | None = None,
) -> Report:  # fmt: skip
    import conformance.processes.run as engine

    plan = _plan(refs, values, here)
    report = engine.run(plan) if progress is None else engine.run(plan, progress)
    if default:
        report.not_run.extend(_absent())
    return report


def _watched(refs: tuple[str, ...], default: bool, values: Mapping[str, Any]) -> Report:
    from conformance.reporting.terminal.progress import progress

    with progress(quiet=values["quiet"]) as watch:
        return _report(refs, default, values, watch)


def _finished(
    report: Report, judged: Judged | None, values: Mapping[str, Any], seconds: float
) -> int:
    from conformance.objects.like import hints
    from conformance.records import counterexamples

    shown = report if judged is None else judged.report
    unkept = counterexamples.keep(shown)
    code = status(shown, judged, values["fail_on"])
    alone = _alone(shown, values, code, seconds)
    if alone:
        values = {**values, "json": "" if values["json"] == "-" else values["json"]}
    written, unwritten = _written(shown, judged, values)
    if alone:
        print(alone)
    else:
        notes = [*([unkept] if unkept else []), *hints(shown)]
        _show(shown, judged, values, written, notes)
    if unwritten is not None:  # a full disk must not cost what was found
        raise unwritten
    return code


def _alone(report: Report, values: Mapping[str, Any], code: int, seconds: float) -> str:
    """The score or all results, printed on standard output instead of the report."""
    if values["score"]:
        from conformance.reporting import score

        found = score.score(report, status=code, fail_on=values["fail_on"], seconds=seconds)
        return score.line(found)
    if values["json"] == "-":
        from conformance.records.storage import encoded

        return encoded(report).decode()
    return ""


def _show(
    report: Report, judged: Judged | None, values: Mapping[str, Any], written: list[str],
    notes: list[str],
) -> None:  # fmt: skip
    from conformance.reporting.console import console
    from conformance.reporting.terminal import summary

    summary.show(
        report,
        console(),
        judged=judged,
        everything=values["all"],
        fail_on=values["fail_on"],
        written=written,
        notes=notes,
    )


def _written(
    report: Report, judged: Judged | None, values: Mapping[str, Any]
) -> tuple[list[str], ResultsError | None]:
    """Write the files asked for; return a line for each, and what went wrong if one failed."""
    from conformance.errors import ResultsError
    from conformance.reporting import writing

    lines: list[str] = []
    try:
        lines.extend(writing.write_all(report, judged, values))
    except ResultsError as error:
        return lines, error
    return lines, None


def status(report: Report, judged: Judged | None, fail_on: str = "must") -> int:
    """The exit status of a run."""
    if not report.complete:
        return 2  # interrupted
    must = [r for r in report.results if r.level == "must"] or report.results
    lacking = any(r.outcome == "unsupported" for r in must) or not must
    ours = any(r.ours for r in report.results)
    if lacking and not ours and not any(r.examined for r in must):
        return 5
    code = int(any(fails(r, fail_on) for r in report.results)) if judged is None else judged.status
    return code or 3 * ours  # the suite itself failed


def fails(result: Result, fail_on: str) -> bool:
    """True for a case that fails a run: fail and error of a must law, or of both levels."""
    levels: Sequence[str] = ("must",) if fail_on == "must" else ("must", "should")
    return result.fails and result.level in levels
