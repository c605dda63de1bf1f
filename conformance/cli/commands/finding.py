"""`conformance finding ID`: a counterexample as a bug report to the library's maintainers."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from conformance.errors import UsageError, did_you_mean
from conformance.records.grouping import grouped

if TYPE_CHECKING:
    from conformance.records.results import Report, Result

DESCRIPTION = (
    "Write a counterexample of a results file as a report for the maintainers of the library."
)
EXAMPLES = """\
examples:
  conformance finding --from results.json                 the ids that there are
  conformance finding 7f3a1c --from results.json          Markdown, to be filed as it is
  conformance finding 7f3a1c --from results.json --law softmax/accuracy
  conformance finding 7f3a1c --from results.json | gh issue create --title ... --body-file -

It has the versions, a script that needs only the library, what it gives and the exact value, the
size of the error, the law, and the threads that the implementation's file names.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("id", metavar="ID", nargs="?", help="the id of the counterexample")
    parser.add_argument(
        "--from", metavar="FILE", dest="source", required=True, help="the results file"
    )
    parser.add_argument("--law", metavar="ID", help="the law, if the input breaks several")


def run(args: argparse.Namespace) -> int:
    """Print it, or the ids."""
    from conformance.records import storage
    from conformance.reporting.finding import finding

    report = storage.read(args.source)
    found = _by_id(report)
    if args.id is None:
        for identity, cases in found.items():
            first = cases[0]
            print(f"{identity}  {first.implementation}  {first.dtype}  {first.invariant}")
        return 0
    print(finding(report, _chosen(found, args)), end="")
    return 0


def _by_id(report: Report) -> dict[str, list[Result]]:
    """The cases with a counterexample: must laws first, the largest excess first."""
    ranked = sorted(report.results, key=lambda r: (r.level != "must", -r.excess))
    return grouped(
        (r.counterexample.id, r) for r in ranked if r.counterexample and r.counterexample.id
    )


def _chosen(found: dict[str, list[Result]], args: argparse.Namespace) -> Result:
    identity = args.id.strip().lower()
    cases = found.get(identity, [])
    if not cases:
        way = f"`conformance finding --from {args.source}` lists those there are"
        guess = did_you_mean(identity, found)
        raise UsageError(f"no counterexample {args.id!r} in {args.source}.{guess} {way}")
    of = [r for r in cases if args.law in (None, r.invariant)]
    if not of:
        laws = ", ".join(dict.fromkeys(r.invariant for r in cases))
        raise UsageError(f"{args.id} breaks {laws}, not {args.law!r}")
    return of[0]
