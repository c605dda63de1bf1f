"""From the tallies of a sweep to the verdicts of the laws that it examines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from msgspec import structs

from conformance.examine import counterexample
from conformance.examine.tally import Seen
from conformance.floats import FORMATS, to_hex
from conformance.model import Claim, Implementation
from conformance.numerics.measure import Measured
from conformance.records import deviations
from conformance.records.results import Counterexample, Outcome, Result, number
from conformance.spec import catalogue
from conformance.sweep.elements import Oracle
from conformance.sweep.tallies import Breaks, Place, Totals
from conformance.sweep.targets import Target
from conformance.sweep.tasks import Job, Member


@dataclass(slots=True)
class Finding:
    """What one target of one implementation gave. `whole` is False if shards are missing."""

    implementation: Implementation
    member: Member
    job: Job
    tally: Totals
    errors: list[str]
    unsupported: str
    whole: bool

    @property
    def target(self) -> Target:
        """The target of the job."""
        return self.job.target

    def law_id(self, law: str) -> str:
        """The id of a law, which `tally.broken` has by a short name."""
        return f"{self.target.of.slug}/{_slug(self.target, law)}"

    @property
    def laws(self) -> list[str]:
        """The short names of the laws that this target examines."""
        found = [law for law in _LAWS if self.law_id(law) in catalogue()]
        if not self.job.space.ordered:
            found = [law for law in found if law != "monotone"]
        return [law for law in found if law != "range" or self.target.quantity == "value"]


_LAWS = ("must", "should", "finite", "range", "nan", "monotone")
#: The range of a function -> the law that says so.
_RANGES = {
    (0.0, 1.0): "within-unit-interval",
    (-math.inf, 0.0): "never-positive",
    (0.0, math.inf): "never-negative",
}


def _slug(target: Target, law: str) -> str:
    gradient = "gradient-" if target.quantity == "vjp" else ""
    if law == "range":
        return _RANGES[target.of.range] if target.of.range else "no such law"
    if law == "monotone":
        return "no such law" if gradient else "exactly-monotone"
    if law == "nan":
        return "no such law" if gradient else "nan-in-nan-out"
    names = {"must": "accuracy", "should": "relative-accuracy"}
    if law == "finite":
        return "gradient-finite" if gradient else "finite-stays-finite"
    return gradient + names[law]


def results(findings: Iterable[Finding]) -> list[Result]:
    """One result per implementation, law, dtype, mode and device: labels 0 and 1 together."""
    cases: dict[str, Result] = {}
    for finding in findings:
        if finding.unsupported or not (finding.tally.inputs or finding.errors):
            continue
        for result in _each(finding):
            old = cases.get(result.key)
            cases[result.key] = result if old is None else _worse(old, result)
    return list(cases.values())


_RANK = {"pass": 0, "deviation": 1, "fail": 2, "error": 3}


def _worse(a: Result, b: Result) -> Result:
    return max(a, b, key=lambda r: (_RANK[r.outcome], r.excess))


def _each(f: Finding) -> Iterator[Result]:
    for law in f.laws:
        broken = f.tally.broken.get(law)
        if law == "monotone" and f.tally.descents:
            at = f.tally.descent_at
            broken = Breaks(count=f.tally.descents, first=at, worst=at, ratio=math.inf)
        if law == "must" and f.errors:
            yield _result(f, law, "error", message="; ".join(f.errors[:3]))
        elif broken is not None and broken.count:
            yield _failed(f, law, broken)
        elif f.whole:
            yield _result(f, law, "pass", ratio=f.tally.ratio if law == "must" else None)


def _failed(f: Finding, law: str, broken: Breaks) -> Result:
    declared = deviations.reason(f.implementation.deviations, f.law_id(law), f.job.dtype)
    outcome: Outcome = "deviation" if declared else "fail"
    message = declared or _message(f, law, broken)
    return _result(
        f, law, outcome, ratio=broken.ratio, message=message,
        counterexample=worst_input(f, law, broken.worst),
        worst=_input(f, broken.worst),
    )  # fmt: skip


def _result(
    f: Finding, law: str, outcome: Outcome, ratio: float | None = None, message: str = "",
    counterexample: Counterexample | None = None, worst: str = "",
) -> Result:  # fmt: skip
    law_id = f.law_id(law)
    at = f.tally.ratio_at if law == "must" else None
    return Result(
        implementation=f.implementation.name, function=f.job.function, invariant=law_id,
        level=catalogue()[law_id].level, dtype=f.job.dtype, device=f.member.device,
        mode=f.member.mode, outcome=outcome, ratio=number(ratio), worst=worst or _input(f, at),
        examples=f.tally.judged, message=message, counterexample=counterexample,
    )  # fmt: skip


def text_of(dtype: str, at: tuple[int, ...]) -> str:
    """An input by its bits, in exact hexadecimal: 0x1.8p+1, or "0x1p+0, 0x0p+0" of (1, 0)."""
    fmt = FORMATS[dtype]
    values = np.array(at, f"u{fmt.bits // 8}").view(fmt.dtype)
    return ", ".join(to_hex(v) for v in values)


def _input(f: Finding, place: Place | None) -> str:
    return "" if place is None else text_of(f.job.dtype, place.at)


def _message(f: Finding, law: str, broken: Breaks) -> str:
    said = f"{broken.count:,} of {f.tally.judged:,} results break it"
    if f.target.variant:
        said += f" for {f.target.variant}"
    regions = [(b.broken[law], head) for head, b in f.tally.binades.items() if law in b.broken]
    if regions:
        said += f", in {len(regions)} of {len(f.tally.binades)} binades"
    return f"{said}; the first is {_input(f, broken.first)}, the worst {_input(f, broken.worst)}"


def worst_input(f: Finding, law: str, place: Place | None) -> Counterexample | None:
    """The worst input with what came out, so that it can be shown and called again."""
    if place is None:
        return None
    fmt = FORMATS[f.job.dtype]
    bits = [place.at[0] - 1, *place.at] if law == "monotone" else list(place.at)
    x = np.array(bits, f"u{fmt.bits // 8}").view(fmt.dtype)
    x = x if f.target.shape == "unary" else x[None, :]
    oracle = Oracle(f.target, fmt, f.job.grade)
    facts = oracle.facts(x)
    row = len(facts.exact) - 1
    got, want = float.fromhex(place.got), float(facts.exact[row, place.entry])
    level = oracle.levels.index(law) if law in oracle.levels else 0
    bound = float(facts.bounds[level][row, place.entry])
    index = (row, place.entry) if f.target.rows else (row,)
    error = abs(got - want)
    measured = Measured(error / bound, 1, index, got, want, bound, error)
    claim = Claim("equal", got, want, bound, what=_CLAIMS.get(law, ""))
    needs = ("vjp",) if f.target.quantity == "vjp" else ()
    seen = Seen(f.target.example(x, fmt), claim, measured)
    found = counterexample.broken(f.implementation, None, seen, (), needs)
    return structs.replace(found, exact=found.expected, expected="")


_CLAIMS = {
    "range": "within the range of the function",
    "nan": "NaN in, NaN out",
    "finite": "a finite result",
    "monotone": "not in the order of its neighbour",
}
