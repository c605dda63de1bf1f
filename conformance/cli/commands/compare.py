"""`conformance compare A.json B.json`: what is new, worse, fixed, better, gone and added."""

from __future__ import annotations

import argparse
import sys
from typing import Any

DESCRIPTION = "What differs from one results file to another."
EXAMPLES = """\
examples:
  conformance compare before.json after.json
  conformance compare before.json after.json --fail-on new,worse      exit 1 on either
  conformance compare torch-2.12.json torch-2.13.json --by function
  conformance compare cpu.json cuda.json --across device              the same cases on two devices
  conformance compare numpy.json torch.json --across implementation
  conformance compare before.json after.json --markdown comment.md --json differences.json

The files are what `conformance run --json FILE` writes. A ratio is worse or better if it changed
by more than the factor and its larger value is more than the factor times 1/8, which is what a
correctly rounded result may show. What is new only because a law was added or has another bound,
or is declared or known, is shown so and does not fail.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from conformance.gate.compare import AXES, COLUMNS
    from conformance.gate.growth import DEFAULT_FACTOR

    parser.add_argument("a", metavar="A.json", help="the earlier results")
    parser.add_argument("b", metavar="B.json", help="the later results")
    parser.add_argument(
        "--fail-on",
        metavar="KINDS",
        type=_kinds,
        default=(),
        help="exit 1 if there is any of these, separated by commas: "
        "new, worse, fixed, better, added, gone",
    )
    parser.add_argument(
        "--worse-factor",
        metavar="F",
        type=float,
        default=DEFAULT_FACTOR,
        help="the growth of error / bound that is news (default: %(default)g)",
    )
    parser.add_argument(
        "--across",
        metavar="AXIS",
        action="append",
        choices=AXES,
        default=[],
        help="compare across this axis: implementation, dtype, device or mode; may be repeated",
    )
    parser.add_argument(
        "--by",
        metavar="COLUMN",
        choices=COLUMNS,
        default="implementation",
        help=f"the rows of the table: {', '.join(COLUMNS)} (default: %(default)s)",
    )
    parser.add_argument("--markdown", metavar="FILE", help="write Markdown; - for the output")
    parser.add_argument("--json", metavar="FILE", help="write JSON; - for the output")


def _kinds(text: str) -> tuple[str, ...]:
    from conformance.gate.compare import KINDS

    kinds = tuple(part.strip() for part in text.split(",") if part.strip())
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise argparse.ArgumentTypeError(f"{text!r}: expected some of {', '.join(KINDS)}")
    return kinds


def run(args: argparse.Namespace) -> int:
    """Compare, print, write; the exit status."""
    from conformance.gate import compare
    from conformance.records import storage

    comparison = compare.compare(
        storage.read(args.a),
        storage.read(args.b),
        names=(args.a, args.b),
        factor=args.worse_factor,
        across=args.across,
    )
    _write(args, comparison)
    return comparison.status(args.fail_on)


def _write(args: argparse.Namespace, comparison: Any) -> None:
    from conformance.reporting import comparison as views

    if "-" not in (args.markdown, args.json):
        from rich.console import Console

        views.show(comparison, Console(), args.by)
    if args.markdown:
        _put(args.markdown, views.to_markdown(comparison, args.by))
    if args.json:
        _put(args.json, views.to_json(comparison))


def _put(name: str, text: str) -> None:
    from conformance.records import storage

    if name == "-":
        sys.stdout.write(text)
        return
    storage.put(name, text.encode("utf-8", "replace"))
