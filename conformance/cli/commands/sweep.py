"""`conformance sweep`: every input of a unary function, on one machine or on a cluster."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from conformance.cli.gating import Gate
from conformance.cli.options import OPTIONS, Option, add_named
from conformance.cli.values import normalised
from conformance.errors import UsageError, unknown

if TYPE_CHECKING:
    from conformance.records.results import Report
    from conformance.sweep.plans import Plan

DESCRIPTION = (
    "Examine every input of a function of one variable, and report the largest error in ulp and "
    "relative to the bound, where it is, how errors are distributed, and which inputs break a law."
)
EXAMPLES = """\
examples:
  conformance sweep torch --function sigmoid                  all 4,294,967,296 float32 values
  conformance sweep my_kernels.py torch --function log_sigmoid --quantity both
  conformance sweep my_kernels.py --function all --dtype float16,bfloat16 --quantity both
  conformance sweep my_ops.py::Sigmoid --as 'sigmoid(x=input)' --dtype float16      an object
  conformance sweep numpy --function sigmoid --dtype float64 --sample 4194304
  conformance sweep torch --function sigmoid --journal sigmoid.journal --json sigmoid.json
  conformance sweep my_kernels.py --function sigmoid --scheduler tcp://10.0.0.1:8786

What is swept: sigmoid and log_sigmoid of x; the binary cross-entropies of x at y = 0 and y = 1;
softmax, log_softmax, logsumexp and cross_entropy_with_logits of the two logits (x, 0). float16,
bfloat16 and float32: all inputs. float64: a sample of stated density. Several implementations in
one sweep share the exact values.

With --journal FILE a sweep that was stopped continues where it was: finished shards are not
repeated, and the result is the same to the bit. A journal of other file contents, versions,
targets or another spec is refused. With --scheduler the workers of a running dask.distributed
cluster do the work; the implementation's file must lie at the same path there.

exit status: 0 conforms, 1 does not, 2 interrupted, 3 internal error, 4 usage, 5 nothing examined
"""

_QUANTITIES = {"value": ("value",), "vjp": ("vjp",), "both": ("value", "vjp")}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "implementations", metavar="IMPLEMENTATION", nargs="+",
        help="a Python file, or the name of a bundled implementation",
    )  # fmt: skip
    what = parser.add_argument_group("what is examined")
    what.add_argument(
        "--function", metavar="NAME", action="append",
        help="functions of the spec, or all (default: sigmoid)",
    )  # fmt: skip
    what.add_argument(
        "--as", metavar="CALL", action="append", default=[], dest="said",
        help="what an object is, as for run: sigmoid, 'log_sigmoid(x=input)'",
    )  # fmt: skip
    what.add_argument(
        "--dtype", metavar="NAME", action="append",
        help="of float64, float32, float16, bfloat16 (default: float32)",
    )  # fmt: skip
    what.add_argument(
        "--quantity", metavar="WHAT", default="value",
        help="the value, its derivative (vjp), or both (default: %(default)s)",
    )  # fmt: skip
    what.add_argument(
        "--mode", metavar="NAME", help="eager, jit, ... (default: eager; for JAX jit)"
    )
    what.add_argument("--device", metavar="NAME", default="cpu", help="default: %(default)s")
    what.add_argument(
        "--sample", metavar="N", default="1048576",
        help="float64 inputs, as many of each sign and exponent (default: %(default)s)",
    )  # fmt: skip
    _how(parser.add_argument_group("how"))
    out = parser.add_argument_group("what is written")
    out.add_argument("--json", metavar="FILE", help="the results: what report and compare read")
    add_named(out, ("html", "markdown", "quiet"))


def _how(how: Any) -> None:
    add_named(how, ("grade", "baseline", "update-baseline"))
    how.add_argument(
        "--workers",
        "-n",
        metavar="N",
        help="processes that share the work, auto for one per core, 0 for this one, which a crash "
        "then ends (default: auto; 1 if only 16-bit formats are swept)",
    )
    how.add_argument(
        "--scheduler", metavar="ADDRESS", default="",
        help="a running dask.distributed scheduler whose workers do the work",
    )  # fmt: skip
    how.add_argument("--journal", metavar="FILE", help="keep finished shards, and go on from them")


def run(args: argparse.Namespace) -> int:
    """Sweep, show, judge, write; the exit status."""
    from conformance.processes import forked

    forks = args.workers != "0" and not args.scheduler
    with forked.kept() if forks else contextlib.nullcontext():  # which import while this one does
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    from conformance.sweep.report import sweep
    from conformance.sweep.terminal import progress, show

    plan = _plan(args)
    gate = Gate(
        {
            "baseline": args.baseline, "update_baseline": args.update_baseline,
            "strict_baseline": False, "worse_factor": 2.0, "fail_on": "must",
        }
    )  # fmt: skip
    with progress(args.quiet) as watch:
        report = sweep(plan, watch)
    judged = gate.judged(report) if report.complete else None
    files = {kind: getattr(args, kind) for kind in ("json", "html", "markdown")}
    show(judged.report if judged else report, judged, _written(report, judged, files))
    return _status(report, judged)


def _written(report: Report, judged: Any, files: Mapping[str, Any]) -> list[str]:
    from conformance.records import counterexamples
    from conformance.reporting import writing

    counterexamples.keep(report)
    return list(writing.write_files(judged.report if judged else report, judged, files))


def _status(report: Report, judged: Any) -> int:
    if not report.complete:
        return 2
    if not report.results:
        return 5
    if judged is not None:
        return int(judged.status)
    broken = (r for r in report.results if r.level == "must" and r.fails)
    return int(any(broken))


def _plan(args: argparse.Namespace) -> Plan:
    from conformance.objects.asked import typed
    from conformance.sweep.plans import Plan

    dtypes = _list(args.dtype, "dtype", ("float32",))
    return Plan(
        implementations=typed(tuple(args.implementations), args.said),
        functions=_functions(args.function, args.said),
        dtypes=dtypes,
        quantities=_quantities(args.quantity),
        mode=_mode(args.mode),
        device=args.device,
        grade=normalised(OPTIONS["grade"], args.grade or "standard", "--grade"),
        samples=_samples(args.sample),
        workers=_workers(args.workers, dtypes),
        scheduler=args.scheduler,
        journal=args.journal or "",
    )


def _list(given: list[str] | None, option: str, default: tuple[str, ...]) -> tuple[str, ...]:
    return default if given is None else normalised(OPTIONS[option], given, f"--{option}")


def _functions(given: list[str] | None, said: list[str]) -> tuple[str, ...]:
    """The functions that are named; else those that objects are said to be; else sigmoid."""
    from conformance.objects.calls import parsed
    from conformance.sweep.targets import FUNCTIONS_SWEPT

    if given is None and said:
        return tuple(dict.fromkeys(parsed(text).function.name for text in said))
    if given == ["all"]:
        return FUNCTIONS_SWEPT
    return _list(given, "function", ("sigmoid",))


def _quantities(given: str) -> Any:
    if given not in _QUANTITIES:
        raise UsageError(f"--quantity: {unknown('quantity', given, _QUANTITIES)}")
    return _QUANTITIES[given]


def _mode(given: str | None) -> str:
    found = _list(None if given is None else [given], "mode", ())
    if len(found) > 1 or "all" in found:
        raise UsageError("--mode: one mode at a time")
    return found[0] if found else ""


def _samples(given: str) -> int:
    count = int(normalised(Option("sample", "whole", "", ""), given, "--sample"))
    if not 1 <= count <= 2**32:
        raise UsageError(f"--sample: {given} is not between 1 and 2^32")
    return count


def _workers(given: str | None, dtypes: tuple[str, ...]) -> int:
    if given is None:
        small = not {"float32", "float64"}.intersection(dtypes)
        return 1 if small else (os.cpu_count() or 1)
    return int(normalised(OPTIONS["workers"], given, "--workers"))
