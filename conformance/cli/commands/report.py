"""`conformance report RESULTS.json...`: one page, or the printed text, from saved results."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from conformance.errors import ResultsError, UsageError

if TYPE_CHECKING:
    from conformance.records.results import Report

DESCRIPTION = (
    "Show saved results: as text, as one HTML page that needs no network, as Markdown, as JUnit "
    "XML, or joined as JSON."
)
EXAMPLES = """\
examples:
  conformance report results.json                                as `run` printed it
  conformance report results.json --html report.html
  conformance report numpy.json torch.json jax.json --html frameworks.html
  conformance report torch-2.12.json torch-2.13.json --html versions.html
  conformance report cpu.json cuda.json --html devices.html --markdown devices.md
  conformance report results/*.json --slim --json libraries.json      small enough to keep
  conformance report libraries.json --comparison libraries.md         library x function x format

Several files become one report: implementations, versions and machines side by side.
A run that was cut off is shown as far as it came and marked so.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "results",
        metavar="RESULTS.json",
        nargs="+",
        help="what `run --json FILE` wrote, or a journal",
    )
    parser.add_argument("--html", metavar="FILE", help="write the page")
    parser.add_argument("--markdown", metavar="FILE", help="write Markdown for a pull request")
    parser.add_argument("--junit", metavar="FILE", help="write JUnit XML")
    parser.add_argument("--json", metavar="FILE", help="write the joined results")
    parser.add_argument(
        "--slim",
        action="store_true",
        help="keep for each function and format the must law that comes closest to its bound, and "
        "the worst case of each law that is not held",
    )
    parser.add_argument(
        "--comparison",
        metavar="FILE",
        help="write the page that compares libraries, in Markdown, and its curves as *.svg",
    )
    parser.add_argument("--all", action="store_true", help="print every failure")


def run(args: argparse.Namespace) -> int:
    """Read, join, write; without a file to write, print."""
    from conformance.records import storage
    from conformance.reporting import writing
    from conformance.reporting.console import console
    from conformance.reporting.merging import merge
    from conformance.reporting.slim import encoded, slim
    from conformance.reporting.terminal import summary

    report = merge([_read(name) for name in args.results])
    if args.slim:
        report = slim(report)
    files = {k: getattr(args, k) for k in ("json", "html", "markdown", "junit", "comparison")}
    if args.slim and files["json"]:
        storage.put(files.pop("json"), encoded(report) + b"\n")
        print(f"results: {args.json}")
        if not any(files.values()):
            return 0
    if not any(files.values()):
        summary.show(report, console(), everything=args.all)
        return 0
    for line in writing.write_files(report, None, files):
        print(line)
    return 0


def _read(name: str) -> Report:
    """A results file, or the journal of a run that was cut off."""
    from conformance.records import journal, storage

    try:
        return storage.read(name)
    except ResultsError as error:
        try:
            return journal.read(name)
        except (OSError, ValueError, UsageError):
            raise UsageError(str(error)) from None
