"""`conformance replay ID`: run a counterexample again: FIXED, FAILED or ERROR."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from conformance.records.counterexamples import Kept
    from conformance.records.results import Result

DESCRIPTION = (
    "Run a counterexample again. Runs keep theirs in .conformance/ where they were started."
)
EXAMPLES = """\
examples:
  conformance replay 7f3a1c                                the line `again` of a failure
  conformance replay 7f3a1c my_kernels.py                  the same input, this file
  conformance replay 7f3a1c --from results.json torch      from a results file
  conformance replay                                       the ids that there are

FIXED: the law holds on this input now. FAILED: it does not. ERROR: the call raised. HOLDS ALONE:
so it did when it was found, and was wrong after other calls: the file keeps something of them.
A results file is data and not trusted: it never decides which file is run, so name yours, or the
bundled implementation. exit status: 0 all fixed, 1 not, 3 the suite itself failed, 4 no such
counterexample
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("id", metavar="ID", nargs="?", help="the id of the counterexample")
    parser.add_argument(
        "implementation", metavar="IMPLEMENTATION", nargs="?",
        help="the file or name to try it on (default: the one that failed)",
    )  # fmt: skip
    parser.add_argument(
        "--from", metavar="FILE", dest="source", help="a results file that has the counterexample"
    )


def run(args: argparse.Namespace) -> int:
    """Replay all that is kept under the id; the exit status."""
    if args.id is None:
        return _list(args.source)
    cases = _trusted(_cases(args.id, args.source), args)
    from conformance.reporting.console import console, put

    out, statuses = console(), []
    for kept, result in _results(cases):
        statuses.append(1 if result.fails else 3 * result.ours)
        put(out, _lines(kept, result, out.width))
    return 1 if 1 in statuses else max(statuses)


def _all(source: str | None) -> dict[str, list[Kept]]:
    from conformance.records import counterexamples, storage

    if source is not None:
        return counterexamples.of(storage.read(source))
    return {name: counterexamples.find(name) for name in counterexamples.known()}


def _list(source: str | None) -> int:
    from conformance.reporting.signs import listed

    found = _all(source)
    for name, kept in found.items():
        laws = listed(dict.fromkeys(k.result.invariant for k in kept), 3)
        print(f"{name}  {', '.join(dict.fromkeys(k.result.implementation for k in kept))}  {laws}")
    if not found:
        print("no counterexamples here; `conformance run` keeps those that it finds")
    return 0


def _cases(identity: str, source: str | None) -> list[Kept]:
    from conformance.records import counterexamples

    name = identity.strip().lower()
    if source is None:
        found = counterexamples.find(name)
    else:
        found = _all(source).get(name, [])
    if found:
        return found
    ids = counterexamples.known() if source is None else list(_all(source))
    place = source or str(counterexamples.FOLDER)
    guess = did_you_mean(name, ids)
    way = "`conformance replay` lists those there are" if ids else "`conformance run` makes them"
    raise UsageError(f"no counterexample {identity!r} in {place}.{guess} {way}")


def _trusted(cases: list[Kept], args: argparse.Namespace) -> list[tuple[str, Kept]]:
    """(file to run, case) for each; a file that only the results file names must be bundled."""
    from conformance.kernels.importing import bundled

    chosen = []
    for kept in cases:
        ref = args.implementation or (kept.file if args.source is None else "")
        if not ref:
            stem = Path(kept.file).stem
            ref = next((n for n in (kept.result.implementation, stem) if n in bundled()), "")
        if not ref:
            raise UsageError(
                f"{args.source} is of {kept.result.implementation!r}; name the file to run: "
                f"conformance replay {args.id} FILE.py --from {args.source}"
            )
        chosen.append((ref, kept))
    return list({(ref, k.result.invariant, k.result.dtype, k.result.mode, k.result.device): (ref, k)
                 for ref, k in chosen}.values())  # fmt: skip


def _results(cases: list[tuple[str, Kept]]) -> Iterator[tuple[Kept, Result]]:
    """Each case again, each file in its own process."""
    from conformance.examine.selection import Settings
    from conformance.model import GRADES
    from conformance.processes.examiner import Examiner

    with Examiner(Settings()) as examiner:
        for name, kept in cases:
            grades = [g for g in GRADES if g == kept.grade]
            examiner.settings = Settings(grade=grades[0] if grades else "standard")
            yield kept, examiner.again(name, kept.result)


def _lines(kept: Kept, result: Result, width: int) -> Iterator[tuple[str, str]]:
    from conformance.processes.replaying import AFTER_OTHERS
    from conformance.reporting.terminal.causes import Entry
    from conformance.reporting.terminal.failures import block
    from conformance.spec import catalogue

    r = result
    word, style = {
        "fail": ("FAILED", "bold red"),
        "error": ("ERROR", "bold magenta"),
        "deviation": ("FAILED, as declared", "yellow"),
    }.get(r.outcome, ("FIXED", "bold green"))
    shown = kept.result.counterexample
    if r.outcome == "pass" and shown and AFTER_OTHERS in shown.contrasts:
        word, style = (
            "HOLDS ALONE, as when it was found: a run shows it after other calls",
            "yellow",
        )
    if not r.examined:
        word, style = f"NOT {'JUDGED' if r.ours else 'EXERCISED'}: {r.message}", "yellow"
    place = f"{r.implementation} · {r.dtype} · {r.mode} · {r.device}"
    yield f"{word}  {r.invariant}  {place}", style
    if r.fails:
        told = {r.invariant: catalogue()[r.invariant].record()}
        yield from block(Entry(r, (r,)), told, min(width, 120))
