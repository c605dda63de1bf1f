"""docs/power.md: the measured power as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from conformance.functions import FUNCTIONS
from conformance.power.matrix import Break, Matrix, Verdict
from conformance.power.reasons import reason
from conformance.power.record import Measurement, Usual
from conformance.power.specimens import SEVERITIES, Specimen
from conformance.power.tables import by, named, quick, settings, soon, survivors
from conformance.reporting.markdown import escaped, grid
from conformance.spec import catalogue

HEAD = """\
# Measured power

Made by `conformance power`; do not edit.

A mutant is a file with one planted bug, right otherwise. It is caught if it breaks a *must* law, or
a *should* law that it names; it must break every law that it names. A control is right but unusual,
and must break no *must* law. An example is one input, of whatever size; how many a mutant needed is
counted to the first that breaks a law, in the dtype that needed fewest. With several seeds a row is
that of the first seed, and has the examples of each.
"""

PUBLIC = """\
`public` are defects that others reported, re-created in one file each, which names its thread. For
comparison: of 257 real bugs of PyTorch and TensorFlow that deep-learning fuzzers could have found,
they found 9 % ([arXiv 2310.06912](https://arxiv.org/abs/2310.06912)); a fuzzer of generated kernels
found 10 of 10 planted bugs, with 16 of 16 right kernels clean
([arXiv 2606.20128](https://arxiv.org/abs/2606.20128)).
"""


def page(
    measurement: Measurement, usual: Usual | None = None, shorter: Measurement | None = None
) -> str:
    """The whole page; `shorter` is a measurement at quick effort, a section of its own."""
    matrix = Matrix(measurement.verdicts)
    less = Matrix(shorter.verdicts) if shorter is not None else None
    parts = [HEAD, _made(measurement)]
    if matrix.mutants:
        parts += [*_mutants(matrix, usual, less), *_laws(matrix)]
    if matrix.controls:
        parts += list(_controls(matrix))
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _made(measurement: Measurement) -> str:
    told = [f"spec {measurement.spec_version}"]
    told += [f"{k} {v}" for k, v in measurement.environment.items() if " " not in k]
    cut = "" if measurement.complete else " The measurement was cut off: it is not complete."
    return f"With {', '.join(told)}.{cut}"


def _mutants(matrix: Matrix, usual: Usual | None, less: Matrix | None) -> Iterator[str]:
    yield "## Mutants"
    yield settings(matrix.mutants)
    yield by(matrix, "severity", SEVERITIES)
    families = sorted({s.family for s in matrix.specimens})
    yield by(matrix, "family", families)
    of = {s.function for s in matrix.specimens}
    yield by(matrix, "function", [name for name in FUNCTIONS if name in of])
    yield soon(matrix)
    if "public" in families:
        yield PUBLIC
    if less is not None:
        yield from quick(less)
    if usual is not None:
        yield from _beside(matrix, usual)
    yield from _open(matrix)
    for family in families:
        yield f"## Mutants: {family}"
        yield _killed([v for v in matrix.mutants if v.specimen.family == family])


def _beside(matrix: Matrix, usual: Usual) -> Iterator[str]:
    """The same mutants under today's usual checks."""
    yield "## Beside today's usual checks"
    yield (
        "The share of the same mutants that each check catches, and of the controls that it flags. "
        "Of the gradient checks: of the files with a gradient to check."
    )
    rows = []
    for severity in (*SEVERITIES, "all"):
        chosen = [s for s in matrix.specimens if severity in (s.severity, "all")]
        ours = _share(matrix.caught(chosen), len(chosen))
        rows.append((severity, ours, *(_said(usual, check, chosen) for check in usual.checks)))
    if right := list({v.specimen.name: v.specimen for v in matrix.controls}.values()):
        flagged = len({v.specimen.name for v, _ in matrix.alarms})
        said = [_said(usual, check, right) for check in usual.checks]
        rows.append(("controls, flagged", _share(flagged, len(right)), *said))
    yield grid(("severity", "conformance", *usual.checks), rows)
    yield "\n".join(f"* **{check}**: {says}" for check, says in usual.checks.items())


def _said(usual: Usual, check: str, chosen: Iterable[Specimen]) -> str:
    said = [usual.said.get(s.name, {}).get(check, "none") for s in chosen]
    return _share(said.count("caught"), len(said) - said.count("none"))


def _share(caught: int, of: int) -> str:
    return f"{100 * caught / of:.0f} % ({caught} of {of})" if of else "—"


def _open(matrix: Matrix) -> Iterator[str]:
    """What is not as it must be."""
    if matrix.survivors:
        yield "## Survivors"
        yield survivors(matrix)
    if matrix.short:
        yield "## Caught, though not by all the laws that they name"
        rows = [(named(v), v.seed, ", ".join(f"`{c}`" for c in v.missed)) for v in matrix.short]
        yield grid(("mutant", "seed", "not broken"), rows)
    if matrix.troubles:
        yield "## Not examined"
        whys = [(named(v), escaped(v.trouble or "no subjects")) for v in matrix.troubles]
        yield grid(("file", "why"), whys)


def _killed(verdicts: Sequence[Verdict]) -> str:
    """The rows of the kill matrix, of the first seed; the examples of each seed."""
    rows = []
    for name, some in groupby(verdicts, lambda v: v.specimen.name):
        v, *others = some
        which = f"`{v.first.law}`" if v.first else f"**{v.fate}**"
        after = ", ".join(map(_after, (v, *others)))
        rows.append((f"`{name.partition('/')[2]}`", v.specimen.severity, which, after,
                     _dtypes(v), _all_catches(v)))  # fmt: skip
    head = ("mutant", "severity", "caught first by", "examples", "in", "all laws that it breaks")
    return grid(head, rows)


def _after(verdict: Verdict) -> str:
    first = verdict.first
    return f"{first.first:,}" if first and first.first else "—"


def _dtypes(verdict: Verdict) -> str:
    return ", ".join(dict.fromkeys(b.dtype for b in verdict.catches))


def _all_catches(verdict: Verdict) -> str:
    """function: law, law; function: ..., as their ids are function/name."""
    slugs: dict[str, list[str]] = {}
    for caught in dict.fromkeys(b.law for b in sorted(verdict.breaks, key=lambda b: b.soon)):
        function, _, law = caught.partition("/")
        star = "**" if caught in verdict.specimen.caught_by else ""
        slugs.setdefault(function, []).append(f"{star}{law}{star}")
    if len(slugs) == 1:
        return ", ".join(*slugs.values())
    return "; ".join(f"{function}: {', '.join(found)}" for function, found in slugs.items())


def _laws(matrix: Matrix) -> Iterator[str]:
    """Which law catches how many."""
    yield "## Laws, by the mutants that they catch"
    yield "First: those that the law caught before all others. May laws only record."
    laws = sorted({law.partition("/")[2] for law, caught in matrix.catchers.items() if caught})
    slugs = [function.slug for function in FUNCTIONS.values()]
    yield grid(
        ("law", "mutants", "first", "of the functions"),
        [_law(matrix, law, slugs) for law in sorted(laws, key=lambda law: -_sum(matrix, law))],
    )
    if matrix.silent:
        yield "## Laws that catch nothing, and why they are there"
        why = {c: reason(c, matrix.catchers) or "**no reason given**" for c in matrix.silent}
        rows = [(f"`{c}`", catalogue()[c].level, why[c]) for c in why]
        yield grid(("law", "level", "why"), rows)


def _sum(matrix: Matrix, law: str) -> int:
    return sum(len(caught) for c, caught in matrix.catchers.items() if c.partition("/")[2] == law)


def _law(matrix: Matrix, law: str, slugs: Sequence[str]) -> tuple[object, ...]:
    """A law with its mutants in all functions: softmax 12, sigmoid 3."""
    counts = {slug: len(matrix.catchers.get(f"{slug}/{law}", ())) for slug in slugs}
    first = sum(len(names) for c, names in matrix.firsts.items() if c.partition("/")[2] == law)
    told = ", ".join(f"{slug} {count}" for slug, count in counts.items() if count)
    return f"`{law}`", sum(counts.values()), first, told


def _alarm(v: Verdict, b: Break) -> tuple[object, ...]:
    return named(v), v.seed, f"`{b.law}`", b.dtype, b.outcome, b.ratio, escaped(b.message)


def _controls(matrix: Matrix) -> Iterator[str]:
    yield "## Controls"
    yield settings(matrix.controls)
    if matrix.alarms:
        head = ("control", "seed", "flagged by", "dtype", "", "ratio", "")
        yield grid(head, (_alarm(v, b) for v, b in matrix.alarms))
    else:
        yield "None breaks a *must* law."
    shoulds = sum(any(b.level == "should" for b in v.breaks) for v in matrix.controls)
    yield f"In {shoulds} of {len(matrix.controls)} examinations a *should* law is broken: fewer\
 digits than the best, not wrong."
    yield grid(
        ("control", "what is unusual"),
        {v.specimen.name: (named(v), escaped(v.specimen.says)) for v in matrix.controls}.values(),
    )
