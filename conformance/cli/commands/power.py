"""`conformance power`: which planted bugs the laws catch, and whether right files stay clean."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.cli.options import OPTIONS, Option, add_named
from conformance.cli.values import normalised, settings_of, values_from
from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.power.measuring import Trial
    from conformance.power.record import Measurement

DESCRIPTION = (
    "Examine wrong implementations, which must all be caught, and right but unusual ones, which "
    "must all pass; print which law caught which."
)
EXAMPLES = """\
examples:
  conformance power                                     the mutants and controls of a checkout
  conformance power --mutants tests/mutants -n auto --markdown docs/power.md
  conformance power --mutants tests/mutants/values my_mutants/off_by_one.py --all
  conformance power --controls tests/controls --effort thorough --seed 0,1,2
  conformance power --mutants tests/mutants --only '*/accuracy'        what these laws catch alone
  conformance power --mutants tests/mutants --json mutants.json        keep it, and show it again:
  conformance power --from mutants.json controls.json --markdown docs/power.md
  conformance power --effort quick --dtype float32 --json quick.json   a section of that page:
  conformance power --from mutants.json controls.json --quick quick.json --markdown docs/power.md

A mutant is a right implementation but for one planted bug. Two constants, which are read without
importing the file, say how severe the bug is and what catches it:
  SEVERITY = "subtle"                          of blatant, moderate, subtle
  CAUGHT_BY = ("softmax/sums-to-one",)         laws that must break, of `conformance spec`
A control is right but unusual: it must break no must law. Both are examined as by
`conformance run`, in the functions and dtypes that they define, each in a process of its own.

A mutant is caught if it breaks a must law, or a should law that it names. Its examples are counted
up to the first one that breaks a law.
exit status: 0 all caught, by every law that they name, and all clean; 1 not so; 2 interrupted;
3 internal error; 4 usage; 5 nothing to examine
"""

#: Where the mutants and controls of a checkout are.
MUTANTS, CONTROLS = "tests/mutants", "tests/controls"

_SEED = Option("seed", "names", "how", "the same seed gives the same examples; may be several", "N")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    what = parser.add_argument_group("what is examined")
    for name, text in (("mutants", "wrong implementations"), ("controls", "right implementations")):
        what.add_argument(
            f"--{name}", metavar="PATH", nargs="+", action="extend",
            help=f"{text}: files, or folders of them",
        )  # fmt: skip
    what.add_argument(
        "--from", metavar="FILE", nargs="+", action="extend", dest="saved",
        help="what --json wrote, joined, instead of examining anything",
    )  # fmt: skip
    add_named(what, ("only", "function", "dtype", "mode"))
    how = parser.add_argument_group("how")
    add_named(how, ("effort", "grade", "workers", "timeout", "memory"))
    how.add_argument("--seed", metavar="N", action="append", help=f"{_SEED.help} (default: 0)")
    out = parser.add_argument_group("what is written")
    out.add_argument("--markdown", metavar="FILE", help="the matrix as a page")
    out.add_argument(
        "--beside", metavar="FILE", nargs="+", action="extend",
        help="for the page: what benchmarks/usual_checks.py wrote of the same mutants",
    )  # fmt: skip
    out.add_argument(
        "--quick", metavar="FILE", nargs="+", action="extend",
        help="for the page: what --json wrote of the same mutants with --effort quick",
    )  # fmt: skip
    out.add_argument("--json", metavar="FILE", help="all verdicts: what --from reads")
    add_named(out, ("all", "quiet"))


def run(args: argparse.Namespace) -> int:
    """Measure or read, show, write; the exit status."""
    from conformance.power import page, record, terminal
    from conformance.power.matrix import Matrix
    from conformance.records.storage import put
    from conformance.reporting.console import console

    usual = record.read_usual(args.beside) if args.beside else None
    shorter = record.joined(map(record.read, args.quick)) if args.quick else None
    whole = _read(args) if args.saved else _measured(args)
    matrix = Matrix(whole.verdicts)
    terminal.show(matrix, console(), bool(args.all))
    if args.json:
        record.write(whole, args.json)
    if args.markdown:
        put(args.markdown, page.page(whole, usual, shorter).encode())
    if not whole.complete:
        return 2
    return 5 if not whole.verdicts else int(not matrix.holds)


def _read(args: argparse.Namespace) -> Measurement:
    from conformance.power import record

    if args.mutants or args.controls:
        raise UsageError(
            "--from shows saved measurements; it cannot be combined with --mutants or --controls"
        )
    return record.joined(record.read(file) for file in args.saved)


def _measured(args: argparse.Namespace) -> Measurement:
    """Examine; what was finished before Ctrl-C, or before a kill, is kept."""
    from conformance.power.measuring import Bench, measured
    from conformance.power.record import Keeper, Measurement
    from conformance.processes.run import Event
    from conformance.reporting.terminal.progress import progress

    values = values_from({**vars(args), "seed": None})
    settings = settings_of(values)
    bench = Bench(settings, values["timeout"], values["memory"])
    todo = _jobs(args, settings.only)
    whole, keeper = Measurement(), Keeper(args.json)
    with progress(quiet=values["quiet"]) as watch:
        try:
            for verdict in measured(bench, todo, values["workers"]):
                whole.verdicts.append(verdict)
                keeper.keep(whole)
                done = len(whole.verdicts)
                watch(Event("subject", done, len(todo), verdict.specimen.name))
            whole.complete = True
            watch(Event("done", len(todo), len(todo)))
        except KeyboardInterrupt:
            pass
    whole.environment = dict(sorted(bench.versions.items()))
    return whole


def _jobs(args: argparse.Namespace, only: tuple[str, ...]) -> list[Trial]:
    from conformance.power import measuring, specimens

    places = _places(args)
    mutants, controls = specimens.mutants(places[0]), specimens.controls(places[1])
    return measuring.jobs([m.naming(only) for m in mutants], controls, _seeds(args))


def _places(args: argparse.Namespace) -> tuple[list[str], list[str]]:
    """The files and folders that were named; those of a checkout if none was."""
    if args.mutants or args.controls:
        return args.mutants or [], args.controls or []
    for place in (MUTANTS, CONTROLS):
        if not Path(place).is_dir():
            raise UsageError(f"no {place} here; name your own with --mutants and --controls")
    return [MUTANTS], [CONTROLS]


def _seeds(args: argparse.Namespace) -> list[int]:
    given = normalised(_SEED, args.seed or ["0"], "--seed")
    return [int(normalised(OPTIONS["seed"], seed, "--seed")) for seed in given]
