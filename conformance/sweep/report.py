"""The results of a sweep as the records that every writer, reader and gate works on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from conformance.examine.profile import EDGES
from conformance.processes import environment
from conformance.records.results import (
    Accuracy,
    NotRun,
    Report,
    number,
)
from conformance.spec import catalogue
from conformance.sweep import engine, spaces, tallies
from conformance.sweep.engine import Swept, Watch
from conformance.sweep.plans import Plan
from conformance.sweep.regions import bins, regions, row, text
from conformance.sweep.tallies import Place, Totals
from conformance.sweep.targets import Target
from conformance.sweep.tasks import Job, Member
from conformance.sweep.verdicts import Finding, results


def sweep(plan: Plan, watch: Watch = lambda event: None) -> Report:
    """Sweep, and what it says as a report. UsageError, LoadError."""
    return reported(engine.swept(plan, watch))


def reported(swept: Swept) -> Report:
    """The report of a sweep, complete or not."""
    findings, accuracy, not_run = [], [], list(swept.not_run)
    for job in swept.jobs:
        for i, member in enumerate(job.members):
            finding = _finding(swept, job, i, member)
            findings.append(finding)
            if finding.unsupported:
                what = f"{finding.implementation.name} · {job.words}"
                not_run.append(NotRun(what=what, why=finding.unsupported))
            elif finding.tally.inputs:
                accuracy.append(_accuracy(finding))
        not_run.extend(_missing(swept, job))
    found = results(findings)
    report = environment.head(
        [environment.info(i) for i in swept.implementations.values()],
        {"grade": swept.plan.grade, "command": "sweep"},
        {r.invariant: catalogue()[r.invariant].record() for r in found},
        not_run,
    )
    report.results, report.accuracy = found, accuracy
    report.complete = not swept.interrupted
    return report


def _finding(swept: Swept, job: Job, i: int, member: Member) -> Finding:
    outcomes = [o[i] for key, o in swept.shards.items() if key[0] == job.number]
    tally = tallies.merged(o.tally for o in outcomes)
    died = {shard: why for (number, shard), why in swept.died.items() if number == job.number}
    errors = sorted({o.error for o in outcomes if o.error})
    errors += [f"{why} at {spaces.described(job.space, shard)}" for shard, why in died.items()]
    unsupported = next((o.unsupported for o in outcomes if o.unsupported), "")
    _boundaries(job.target, tally)
    whole = len(outcomes) == job.space.shards and not errors
    made = swept.implementations[member.path]
    return Finding(made, member, job, tally, errors, unsupported, whole)


def _boundaries(target: Target, tally: Totals) -> None:
    """Count a descent between the last input of a binade and the first of the next."""
    for entry, curve in enumerate(target.curves):
        for half in (0, 256):
            sizes = np.array([0.25, 0.5])
            low, high = curve.series(sizes, -1 if half else 1, 0)[0].tolist()
            for shard in range(half, half + 254):
                ends = tally.ends.get(f"{shard:03x}/{entry}")
                following = tally.ends.get(f"{shard + 1:03x}/{entry}")
                if ends is None or following is None:
                    continue
                before, after = float.fromhex(ends[1]), float.fromhex(following[0])
                if (before > after) if high > low else (before < after):
                    bits = (shard + 1) << 23
                    at = (bits,) if target.shape == "unary" else (bits, 0)
                    place = Place(at=at, entry=entry, got=following[0])
                    tally.add(Totals(descents=1, descent_at=place))


def _missing(swept: Swept, job: Job) -> Iterator[NotRun]:
    """What an interrupted sweep left out."""
    done = {shard for number, shard in (*swept.shards, *swept.died) if number == job.number}
    left = [shard for shard in range(job.space.shards) if shard not in done]
    if not left:
        return
    share = len(left) / job.space.shards
    ranges = ", ".join(_ranges(job, left))
    again = (
        "the same command resumes it" if swept.plan.journal else "nothing is kept without --journal"
    )
    yield NotRun(
        what=f"{job.words}: {share:.1%} of {job.space.says}",
        why=f"interrupted before {ranges}; {again}",
    )


def _ranges(job: Job, left: list[int]) -> Iterator[str]:
    runs = []
    for _, run in itertools.groupby(enumerate(left), lambda pair: pair[1] - pair[0]):
        mine = [shard for _, shard in run]
        first = spaces.described(job.space, mine[0]).split(" to ")[0]
        last = spaces.described(job.space, mine[-1]).split(" to ")[-1]
        runs.append(f"{first} to {last}" if "0x" in first else first)
    yield from runs[:4]
    if len(runs) > 4:
        yield f"and {len(runs) - 4} more ranges"


def _accuracy(f: Finding) -> Accuracy:
    tally, space = f.tally, f.job.space
    whole = f.whole and space.exhaustive
    says = space.says
    if f.target.probabilities:
        says = f"{'all ' if whole else ''}{tally.inputs:,} {f.job.dtype} values in [0, 1]"
        if space.kind == "binades" and f.target.quantity == "vjp":
            says += " that are not subnormal"
    elif not f.whole:
        says = f"{tally.inputs:,} of {space.says}"
    return Accuracy(
        implementation=f.implementation.name, function=f.job.function, quantity=f.target.name,
        dtype=f.job.dtype, device=f.member.device, mode=f.member.mode, coverage=says,
        count=tally.judged, exhaustive=whole, ulp=number(tally.ulp) or 0.0,
        ratio=number(tally.ratio) or 0.0, worst=text(f, tally.ulp_at),
        correctly_rounded=tally.correct / max(tally.judged, 1), histogram=tally.histogram,
        bins=bins(f), note=_note(f), ratio_limit=number(tally.ratio_limit),
        descents=tally.descents if space.ordered else None, descent=text(f, tally.descent_at),
        binades=[row(f, head) for head in sorted(tally.binades)], regions=list(regions(f)),
    )  # fmt: skip


def _note(f: Finding) -> str:
    said = []
    if f.tally.ratio_at is not None:
        said.append(f"the largest ratio is at {text(f, f.tally.ratio_at)}")
    if f.tally.undecided:
        said.append(
            f"{f.tally.undecided:,} errors lie within 2^-21 ulp of an edge of the histogram and "
            "count below it"
        )
    return "; ".join(said)


def histogram_words() -> list[str]:
    """The bins of a histogram in words."""
    edges = ["½" if edge == 0.5 else f"{edge:g}" for edge in EDGES.tolist()]
    first, last = f"≤ {edges[0]}", f"> {edges[-1]}"
    return [first, *(f"≤ {edge}" for edge in edges[1:]), last]
