"""`docs/accuracy.md`: the largest errors of NumPy, PyTorch and JAX, from sweeps of them.

    python benchmarks/accuracy.py FOLDER --run        sweeps what FOLDER lacks; hours
    python benchmarks/accuracy.py FOLDER > docs/accuracy.md

FOLDER keeps one results file, and while it is made one journal, for each function and format, so
that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from conformance.backends import about, libraries
from conformance.floats import FORMATS
from conformance.records import storage
from conformance.records.results import Accuracy, Report
from conformance.sweep.plans import Plan
from conformance.sweep.report import sweep
from conformance.sweep.targets import FUNCTIONS_SWEPT
from conformance.sweep.terminal import progress

_SWEPT = [of for of in libraries().values() if of.on_cpu]
IMPLEMENTATIONS = tuple(of.name for of in _SWEPT)
_DETERMINED = 256
DTYPES = ("float16", "bfloat16", "float32", "float64")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for, print the page."""
    parser = argparse.ArgumentParser(description="Make docs/accuracy.md from sweeps.")
    parser.add_argument("folder", type=Path, help="where results files are kept")
    parser.add_argument("--run", action="store_true", help="sweep what the folder lacks")
    parser.add_argument("--function", action="append", choices=FUNCTIONS_SWEPT)
    parser.add_argument("--dtype", action="append", choices=DTYPES)
    parser.add_argument(
        "--implementation", action="append", help=f"default: {', '.join(IMPLEMENTATIONS)}"
    )
    args = parser.parse_args(arguments)
    if args.run:
        args.folder.mkdir(parents=True, exist_ok=True)
        for dtype in args.dtype or DTYPES:
            for function in args.function or FUNCTIONS_SWEPT:
                _swept(args.folder, function, dtype, args.implementation or IMPLEMENTATIONS)
        return
    reports = [storage.read(path) for path in sorted(args.folder.glob("*.json"))]
    sys.stdout.write("\n".join(page(reports)) + "\n")


def _swept(folder: Path, function: str, dtype: str, implementations: Sequence[str]) -> None:
    """One results file, if it is not there."""
    out = folder / f"{function}.{dtype}.json"
    if out.exists():
        return
    print(f"{function} {dtype}", file=sys.stderr, flush=True)
    plan = Plan(
        tuple(implementations), (function,), (dtype,), ("value", "vjp"),
        journal=str(out.with_suffix(".journal")),
        workers=0 if FORMATS[dtype].is_half else os.cpu_count() or 1,
    )  # fmt: skip
    with progress() as watch:
        report = sweep(plan, watch)
    if not report.complete:
        raise SystemExit(2)
    storage.write(report, out)


def page(reports: Sequence[Report]) -> Iterator[str]:
    """The lines of the page."""
    found = [a for report in reports for a in report.accuracy]
    yield from _head(reports)
    yield from _summary(found)
    yield from _details(found)


def _head(reports: Sequence[Report]) -> Iterator[str]:
    versions: dict[str, str] = {}
    compiled = {f"; {about(a.implementation).title} by `{a.mode}`": None
                for report in reports for a in report.accuracy if a.mode != "eager"}  # fmt: skip
    for report in reports:
        for info in report.implementations:
            versions[info.name] = info.version
        versions["the CPU"] = report.environment.get("cpu", "")
    titles = [of.title for of in _SWEPT]
    yield from (f"# How accurate {', '.join(titles[:-1])} and {titles[-1]} are", "")
    yield (
        "Made by `python benchmarks/accuracy.py` from sweeps of what comes with the suite ("
        + ", ".join(f"{k} {v}" for k, v in versions.items() if v and k != "the CPU")
        + f") on {versions.get('the CPU') or 'an unnamed processor'}{''.join(compiled)}."
    )
    yield ""
    yield (
        "float16, bfloat16 and float32: every input, so that the largest error is **proven** (to "
        "2^-21 ulp; [how](sweep.md)). float64: the largest **found** in the stated sample. Errors "
        "are in units in the last place of the exact result, subnormal results included: a "
        "library that flushes them to 0 is wrong there by up to 2^23 ulp, within the bound. "
        "Functions of rows are taken at the two logits (x, 0); losses at label 0 and 1, whichever "
        "is worse; `vjp` is the derivative. An empty cell has not been swept."
    )
    yield ""


def _summary(found: Sequence[Accuracy]) -> Iterator[str]:
    yield from ("## Largest error in ulp where the result is determined", "")
    yield (
        f"Over the signs and exponents of x in which the bound is below {_DETERMINED} ulp all "
        "through. Elsewhere a stable algorithm may be wrong by any number of ulp: where results "
        "underflow, and where a form such as s(1 − s) or max(x, 0) − x y forgets a small result."
    )
    yield ""
    yield from _table(found, _ordinary)
    yield from ("## Largest error in ulp over all inputs", "")
    yield from _table(found, lambda a: float(a.ulp))
    yield from ("## Largest ratio of error to bound", "", "Above 1 the *must* law is broken.", "")
    yield from _table(found, lambda a: float(a.ratio))


def _ordinary(a: Accuracy) -> float:
    """The largest error where the bound is small in ulp."""
    rows = [float(row.ulp) for row in a.binades if float(row.bound_ulp) < _DETERMINED]
    return max(rows, default=math.nan)


def _table(found: Sequence[Accuracy], figure: Callable[[Accuracy], float]) -> Iterator[str]:
    names = list(dict.fromkeys(a.implementation for a in found))
    dtypes = [d for d in DTYPES if any(a.dtype == d for a in found)]
    yield "| function | | " + " | ".join(f"{d} {n}" for d in dtypes for n in names) + " |"
    yield "|---|---|" + "---:|" * (len(dtypes) * len(names))
    for function in FUNCTIONS_SWEPT:
        for quantity in ("value", "vjp"):
            cells = [
                _cell([figure(a) for a in found if _is(a, function, quantity, dtype, name)])
                for dtype in dtypes
                for name in names
            ]
            if any(cells):
                yield f"| {function} | {quantity} | " + " | ".join(cells) + " |"
    yield ""


def _is(a: Accuracy, function: str, quantity: str, dtype: str, name: str) -> bool:
    mine = a.function == function and a.quantity.split(",")[0] == quantity
    return mine and a.dtype == dtype and a.implementation == name


def _cell(figures: Sequence[float]) -> str:
    return _figure(max(figures)) if figures else ""


def _figure(value: float) -> str:
    if math.isnan(value):
        return "–"
    if value < 1000:
        return f"{value:.3g}"
    return f"{value:.1e}".replace("e+0", "e").replace("e+", "e")


def _details(found: Sequence[Accuracy]) -> Iterator[str]:
    for function in FUNCTIONS_SWEPT:
        mine = [a for a in found if a.function == function]
        if not mine:
            continue
        yield from (f"## {function}", "")
        yield "| quantity | dtype | by | ulp | at x | error / bound | correctly rounded | inputs |"
        yield "|---|---|---|---:|---|---:|---:|---|"
        for a in sorted(mine, key=lambda a: (a.quantity, DTYPES.index(a.dtype))):
            ratio = float(a.ratio)
            shown = f"**{_figure(ratio)}**" if ratio > 1 else f"{ratio:.3f}"
            yield (
                f"| {a.quantity} | {a.dtype} | {a.implementation} | {_figure(float(a.ulp))} "
                f"| {a.worst} | {shown} | {_share(a.correctly_rounded)} | {_inputs(a)} |"
            )
        yield ""


def _share(share: float) -> str:
    text = f"{share:.2%}"
    return ">99.99%" if text == "100.00%" and share < 1 else text


def _inputs(a: Accuracy) -> str:
    return a.coverage.replace(f" {a.dtype} values", "").replace(" of each sign and exponent", "")


if __name__ == "__main__":
    main()
