"""Subject -> verdicts: generate once, check everything, minimise what failed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.examine.clock import Clock
from conformance.examine.counterexample import example_of
from conformance.examine.profile import Profiler
from conformance.examine.search import search, seconds
from conformance.examine.selection import (
    Settings,
    beside,
    in_full_elsewhere,
    laws,
    narrow,
    spared,
)
from conformance.examine.tally import Tally
from conformance.examine.turns import LEFT, Turns
from conformance.examine.verdicts import Writer
from conformance.examine.watch import PROFILE, Watch
from conformance.functions import FUNCTIONS
from conformance.inputs import examples
from conformance.kernels.failures import CallFailed
from conformance.kernels.layouts import layouts
from conformance.model import Example, Implementation, Subject
from conformance.records.results import Counterexample, Findings, Result
from conformance.spec import catalogue
from conformance.spec.context import Examination
from conformance.spec.law import Law


@np.errstate(all="ignore")
def examine(
    implementation: Implementation,
    subject: Subject,
    settings: Settings,
    watch: Watch | None = None,
) -> Findings:
    """All verdicts on one subject. Whatever the implementation raises becomes an `error`."""
    watch = watch or Watch()
    settings = spared(implementation, subject, settings)
    f = Examination(implementation, subject, settings.grade)
    profiler = Profiler(f)
    clock = Clock(settings.seconds, watch)
    tallies = tallied(f, settings, None if settings.brief else profiler, watch, clock)
    brief = settings.brief
    writer = Writer(f, settings.effort, watch, brief, clock, settings.require, tells=not brief)
    return writer.findings(tallies, profiler)


@np.errstate(all="ignore")
def tallied(
    f: Examination,
    settings: Settings,
    profiler: Profiler | None = None,
    watch: Watch | None = None,
    clock: Clock | None = None,
) -> list[Tally]:
    """What every law has seen of every example, before anything is minimised."""
    programs = _programs(f, settings)
    climbs = bool(seconds(settings))
    tallies = [Tally(law, climbs=climbs) for law in laws(f.implementation, f.subject, settings)]
    for tally in tallies:
        tally.refused = _left(f, settings, programs, tally.law)
    if all(tally.refused for tally in tallies):
        return tallies
    watch = watch or Watch()
    clock = clock or Clock(watch=watch)
    try:
        made: Iterable[Example] = _examples(f, settings, programs)
        if programs is None:
            made = list(made)
        turns = Turns(f, settings, programs, made if programs is None else ())
        index = _gone_through(f, made, tallies, turns, profiler, watch, clock)
    except KeyboardInterrupt:  # a call that was under way when the run was stopped
        if not watch.stopped:
            raise
        return tallies
    if climbs and not clock.over:
        search(f, tallies, settings, watch, index)
    if programs in ("beside", "narrow") and not clock.over:
        for tally in tallies:
            tally.refused = tally.refused or ("" if tally.examples else LEFT)
    return tallies


def _gone_through(
    f: Examination, made: Iterable[Example], tallies: Sequence[Tally], turns: Turns,
    profiler: Profiler | None, watch: Watch, clock: Clock,
) -> int:  # fmt: skip
    """Look at the examples while there is time; return the number of the last one."""
    index = 0
    for index, e in enumerate(made):
        if watch.passes_over(index, e, tallies) or not clock.affords(e):
            turns.passed([tally.law for tally in tallies], index)
            continue
        if clock.over and not any(map(clock.waits_for, tallies)):
            break
        turns.hurried = clock.hurried
        e, since = f.within(e), time.monotonic()
        again = _looked(f, e, index, list(enumerate(tallies)), turns, watch, clock)
        if again and (inside := f.within(e)) is not e:
            e = inside
            _looked(f, e, index, again, turns, watch, clock)
        clock.looked(e, since)
        if profiler is not None:
            watch.at(index, PROFILE)
            profiler.look(e)
    _last(f, tallies)
    return index


def _looked(
    f: Examination, e: Example, index: int, tallies: Sequence[tuple[int, Tally]],
    turns: Turns, watch: Watch, clock: Clock,
) -> list[tuple[int, Tally]]:  # fmt: skip
    """Let the laws look at an example; those whose call was refused, which may look again."""
    f.begin(e)
    watch.looks(e)
    refused, amiss = [], False
    for place, tally in turns.open_to(tallies, e, index):
        if clock.over and not clock.waits_for(tally):
            continue
        if not tally.settled and turns.due(tally, e, index, amiss):
            watch.at(index, place)
            refusals, broken, told = tally.refusals, tally.broken, tally.examples
            tally.look(f, e, index)
            amiss = amiss or tally.broken > broken
            if tally.refusals > refusals:
                turns.give_back(tally, e, index)
                refused.append((place, tally))
            elif tally.examples == told:
                turns.passed([tally.law], index)
    return refused


def _last(f: Examination, tallies: Sequence[Tally]) -> None:
    """Tell the laws on limits about limits found after their last look."""
    for tally in tallies:
        for limit in f.kernel.limits.of(tally.law.limit):
            if not tally.failures:
                tally.look(f, limit.example)


def _left(f: Examination, settings: Settings, programs: str | None, law: Law) -> str:
    """Why a law skips a mode that runs the code of another mode of this run; empty if not."""
    alike = _rounds_alike(f, settings)
    if programs == "beside":
        spare = f.function.lean and settings.effort == "quick"
        follows = law.corollary or (law.costs > 0 and not law.eager)
        left = alike or spare or law.empties or follows
    else:
        left = programs == "narrow" and alike and "transformed" in law.needs
    return LEFT if left else ""


def _rounds_alike(f: Examination, settings: Settings) -> bool:
    """True if eager and compiled calls have the same roundings in a format, and float32 is there.

    What else differs between modes (state, errors, branches on what is traced) float32 shows.
    """
    probe: Any = getattr(f.kernel.backend, "rounds_alike", None)
    if probe is None or not narrow(f.implementation, f.subject, settings):
        return False
    return bool(probe(f.fmt.name, f.kernel.device))


def _examples(f: Examination, settings: Settings, programs: str | None) -> Iterator[Example]:
    return examples(
        f.function,
        f.fmt,
        effort=settings.effort,
        seed=settings.seed,
        programs=programs,
        options=f.accepts,
        # what misreads another byte order breaks the law on layouts, and no other
        layouts=tuple(name for name in layouts(f.kernel.backend) if name != "swapped"),
        draws=settings.draws,
        built_in=f.implementation.built_in.get(f.function.name),
        beside=in_full_elsewhere(f.implementation, f.subject, settings),
    )


def _programs(f: Examination, settings: Settings) -> str | None:
    """The effort that limits the compiled programs, "beside" for a second mode; None: no limit."""
    if not f.kernel.compiles:
        return None
    few = narrow(f.implementation, f.subject, settings)
    few = few or (f.function.lean and settings.effort == "quick")
    usual = "narrow" if few else settings.effort
    alone = not beside(f.implementation, f.subject, settings) or not _traced(f, settings, usual)
    return usual if alone else "beside"


def _traced(f: Examination, settings: Settings, programs: str) -> bool:
    """False for a function that, or whose gradient, branches on values: it is run eagerly only.

    One that refuses the first example for its size may be traced with another.
    """
    first, traced = next(_examples(f, settings, programs)), f.other(mode="jit")
    derives = any("vjp" in law.needs for law in laws(f.implementation, f.subject, settings))
    for quantity in ("value", "vjp") if derives else ("value",):
        try:
            traced.computed(first, quantity)
        except Unsupported:
            if traced.kernel.limits.plain(f.fmt.name, quantity) is None:
                return False
        except CallFailed:
            pass
    return True


@np.errstate(all="ignore")
def stored(invariant_id: str, counterexample: Counterexample) -> Example:
    """The example of a stored counterexample. KeyError, ValueError if it is not valid."""
    law = catalogue()[invariant_id]
    name = next(n for n in law.functions if invariant_id.startswith(FUNCTIONS[n].slug + "/"))
    return example_of(FUNCTIONS[name], counterexample)


def replay(
    implementation: Implementation,
    invariant_id: str,
    counterexample: Counterexample,
    settings: Settings,
) -> Result:
    """The law again on a stored counterexample. KeyError, ValueError if either is not valid."""
    e = stored(invariant_id, counterexample)
    law, name = catalogue()[invariant_id], e.function.name
    mode = settings.modes[0] if settings.modes else "eager"
    device = settings.devices[0] if settings.devices else implementation.backend.devices()[0]
    subject = Subject(implementation.name, name, e.fmt.name, device, mode)
    f = Examination(implementation, subject, settings.grade)
    tally = Tally(replace(law, least=0))
    tally.look(f, e)
    return Writer(f, "quick", brief=True).judged(tally)  # the stored input, not a smaller one
