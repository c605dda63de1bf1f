"""Tables of the page of the measured power."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from conformance.power.matrix import Matrix, Verdict
from conformance.power.specimens import SEVERITIES, Specimen
from conformance.reporting.markdown import escaped, grid

#: The numbers of examples of which it is said how many mutants they catch.
_WITHIN = (1, 5, 10, 20, 50, 100)


def settings(verdicts: Sequence[Verdict]) -> str:
    """How many specimens, at which effort, with which seeds, in which formats."""
    efforts = sorted({v.effort for v in verdicts})
    seeds = sorted({v.seed for v in verdicts})
    count = len({v.specimen.name for v in verdicts})
    what = f"{count} of them, at {' and '.join(efforts)} effort"
    what = f"{what}, seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}."
    some = Counter((", ".join(v.dtypes), v.seed) for v in verdicts if v.dtypes)
    only = ", ".join(f"{count} with seed {s} in {d}" for (d, s), count in sorted(some.items()))
    return f"{what} Not in all formats: {only} only." if only else what


def by(matrix: Matrix, kind: str, values: Sequence[str]) -> str:
    """Caught of how many, and the examples needed, by severity, family or function."""
    rows = []
    for value in values:
        chosen = [s for s in matrix.specimens if getattr(s, kind) == value]
        rows.append((value, *_counted(matrix, chosen)))
    return grid(
        (kind, "mutants", "caught", "examples, median", "examples, most"),
        [*rows, ("all", *_counted(matrix, matrix.specimens))],
    )


def _counted(matrix: Matrix, chosen: Sequence[Specimen]) -> tuple[int, int, str, str]:
    middle, most = matrix.needed(chosen)
    return len(chosen), matrix.caught(chosen), f"{middle:,}", f"{most:,}"


def named(verdict: Verdict) -> str:
    """The name of a specimen, as code."""
    return f"`{verdict.specimen.name}`"


def survivors(matrix: Matrix) -> str:
    """Those that no law caught, and what is wrong with them."""
    return grid(
        ("mutant", "severity", "seed", "the bug"),
        [(named(v), v.specimen.severity, v.seed, escaped(v.specimen.says))
         for v in matrix.survivors],
    )  # fmt: skip


def soon(matrix: Matrix) -> str:
    """How many mutants the first examples catch, of all that are caught."""
    firsts = [v.first for v in matrix.mutants]
    needed = [b.first for b in firsts if b is not None and b.first]
    shares = (f"{100 * sum(n <= k for n in needed) / len(needed):.0f} %" for k in _WITHIN)
    return grid(("caught by the first", *map(str, _WITHIN), "examples"),
                 [("of those caught", *(shares if needed else ()), "")])  # fmt: skip


def quick(matrix: Matrix) -> Iterator[str]:
    """What a shorter examination of the same mutants catches."""
    yield f"## At {' and '.join(sorted({v.effort for v in matrix.mutants}))} effort"
    yield settings(matrix.mutants)
    yield by(matrix, "severity", SEVERITIES)
    yield soon(matrix)
    if matrix.survivors:
        yield "Not caught:"
        yield survivors(matrix)
