"""The measured power for a terminal, a pipe or a CI log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from conformance.power.matrix import Matrix, Verdict
from conformance.power.reasons import reason
from conformance.power.specimens import SEVERITIES
from conformance.reporting.console import put
from conformance.reporting.signs import plural

if TYPE_CHECKING:
    from rich.console import Console

Line = tuple[str, str]
_MOST = 20


def show(matrix: Matrix, console: Console, everything: bool = False) -> None:
    """Print the kill matrix: counts, rows if everything is asked for, what is not as it must be."""
    if matrix.mutants:
        console.print(_counts(matrix))
    lines = [*(_rows(matrix) if everything else ()), *_laws(matrix, everything)]
    lines += [*_open(matrix, everything), *_verdict(matrix)]
    put(console, lines)


def _counts(matrix: Matrix) -> object:
    """Family by severity: caught of how many."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("caught")
    for title in (*SEVERITIES, "all", "examples, median", "most"):
        table.add_column(title, justify="right")
    for family in (*sorted({s.family for s in matrix.specimens}), "all"):
        table.add_row(family, *_cells(matrix, family))
    return table


def _cells(matrix: Matrix, family: str) -> Iterator[str]:
    chosen = [s for s in matrix.specimens if family in (s.family, "all")]
    for severity in (*SEVERITIES, "all"):
        some = [s for s in chosen if severity in (s.severity, "all")]
        yield f"{matrix.caught(some)}/{len(some)}" if some else "·"
    yield from (f"{number:,}" if number else "·" for number in matrix.needed(chosen))


def _rows(matrix: Matrix) -> Iterator[Line]:
    """A line for each mutant: the first law, the examples needed, how many more."""
    yield "", ""
    for v in matrix.mutants:
        if (b := v.first) is None:
            yield f"{v.specimen.name}: {v.fate}", "bold red"
            continue
        more = len({c.law for c in v.catches}) - 1
        after = f"after {plural(b.first, 'example')}" if b.first else "by an error"
        yield f"{v.specimen.name}: {b.law} {after} ({b.dtype}); {more} more", ""


def _laws(matrix: Matrix, everything: bool) -> Iterator[Line]:
    """Which laws catch most, and which nothing."""
    if not matrix.mutants:
        return
    yield "", ""
    yield "laws, by the mutants that they catch (those that they catch first)", "bold"
    most = sorted(matrix.catchers.items(), key=lambda item: -len(item[1]))
    told = [f"{law} {len(names)} ({len(matrix.firsts.get(law, ()))})"
            for law, names in most if names]  # fmt: skip
    yield from _cut(told, everything)
    silent = [(law, reason(law, matrix.catchers)) for law in matrix.silent]
    yield f"laws that catch nothing: {len(silent)}", "bold"
    if everything:
        yield from ((f"  {law}: {why or 'no reason given'}", "") for law, why in silent)


def _cut(lines: Sequence[str], everything: bool) -> Iterator[Line]:
    shown = lines if everything else lines[:_MOST]
    yield from ((f"  {line}", "") for line in shown)
    if len(shown) < len(lines):
        yield f"  … and {len(lines) - len(shown)} more: --all", "dim"


def _open(matrix: Matrix, everything: bool) -> Iterator[Line]:
    """Survivors, laws that were named and did not break, false alarms, files not examined."""
    survivors = [
        f"{_seeded(v)} ({v.specimen.severity}): {v.specimen.says}" for v in matrix.survivors
    ]
    short = [f"{_seeded(v)}: {', '.join(v.missed)}" for v in matrix.short]
    alarms = [f"{_seeded(v)}: {b.law} {b.dtype} {b.mode} {b.outcome} {b.ratio or ''} {b.message}"
              for v, b in matrix.alarms]  # fmt: skip
    troubles = [f"{_seeded(v)}: {v.trouble or 'nothing in it to examine'}" for v in matrix.troubles]
    for title, lines in (
        ("survivors", survivors),
        ("caught, though not by these laws that they name", short),
        ("right files that are flagged", alarms),
        ("not examined", troubles),
    ):
        if lines:
            yield "", ""
            yield title, "bold red"
            yield from _cut([line.rstrip() for line in lines], everything)


def _seeded(verdict: Verdict) -> str:
    return verdict.specimen.name + (f" (seed {verdict.seed})" if verdict.seed else "")


def _verdict(matrix: Matrix) -> Iterator[Line]:
    yield "", ""
    if matrix.mutants:
        caught, of = matrix.caught(matrix.specimens), len(matrix.specimens)
        words = f"mutants: {caught} of {of} caught{_unknown(matrix.mutants)}"
        yield words, "bold red" if caught < of else "bold green"
    if matrix.controls:
        clean, of = len(matrix.clean), len({v.specimen.name for v in matrix.controls})
        words = f"controls: {clean} of {of} clean{_unknown(matrix.controls)}"
        yield words, "bold red" if clean < of else "bold green"


def _unknown(verdicts: Sequence[Verdict]) -> str:
    """How many files were not examined, if any."""
    count = len({v.specimen.name for v in verdicts if not v.examined})
    return f", {count} not examined" if count else ""
