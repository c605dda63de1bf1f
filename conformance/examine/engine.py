"""Subject -> verdicts: generate once, check everything, minimise what failed."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.examine.clock import Clock
from conformance.examine.counterexample import example_of
from conformance.examine.novelty import Trait, traits
from conformance.examine.profile import Profiler
from conformance.examine.search import search, seconds
from conformance.examine.selection import EFFORTS, Settings, beside, laws, subjects
from conformance.examine.tally import Tally
from conformance.examine.verdicts import Writer
from conformance.examine.watch import PROFILE, Watch
from conformance.inputs import examples
from conformance.kernels.failures import CallFailed
from conformance.kernels.layouts import layouts
from conformance.model import FUNCTIONS, Example, Implementation, Subject
from conformance.records.results import Counterexample, Findings, Result
from conformance.spec import catalogue
from conformance.spec.context import Examination
from conformance.spec.law import Law

__all__ = ["EFFORTS", "Findings", "Settings", "examine", "laws", "replay", "subjects", "tallied"]

#: How many examples a law with further calls is checked on, and the largest that it gets.
_FURTHER = {"quick": 6, "default": 20, "thorough": 60}
_LARGE = 20_000
#: Further calls beyond which a law gets fewer examples, so many of them that the calls are as many.
_SEVERAL = 9
#: The same for one whose calls are large whatever the example is.
_HUNGRY = {"quick": 1, "default": 1, "thorough": 3}
_MANY_ELEMENTS = {"quick": 2, "default": 6, "thorough": 20}
#: A law without a verdict looks at so few of them.
_TOLD = {"quick": 3, "default": 6, "thorough": 20}
#: Of the examples that have nothing new for a law it looks at one in so many.
_AGAIN = {"quick": 3, "default": 40, "thorough": 3}
#: The same for a law that follows from another.
_REPEATED = {"quick": 4, "default": 4, "thorough": 1}
#: Shapes, short and long, at which a compiling backend is asked for further derivatives and for the
#: plain function beside its own: each is a program, or a dozen if it is eager.
_COMPILED_SHAPES = {"beside": (1, 0), "quick": (1, 0), "default": (2, 1), "thorough": (6, 3)}
_LONG = 100
_DEARER = frozenset({"derived", "transformed"})
_COMPILED_RESHAPES = {"quick": 1, "default": 2, "thorough": 12}


@np.errstate(all="ignore")
def examine(
    implementation: Implementation,
    subject: Subject,
    settings: Settings,
    watch: Watch | None = None,
) -> Findings:
    """All verdicts on one subject. Whatever the implementation raises becomes an `error`."""
    watch = watch or Watch()
    f = Examination(implementation, subject, settings.grade)
    profiler = Profiler(f)
    clock = Clock(settings.seconds)
    tallies = tallied(f, settings, None if settings.brief else profiler, watch, clock)
    writer = Writer(f, settings.effort, watch, settings.brief, clock, settings.require)
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
    tallies = [Tally(law) for law in laws(f.implementation, f.subject, settings)]
    programs = _programs(f, settings)
    turns = _Turns(settings, programs)
    watch, clock = watch or Watch(), clock or Clock()
    index = 0
    for index, e in enumerate(_examples(f, settings, programs)):
        if watch.passes_over(index, e, tallies) or not clock.affords(e):
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
    if seconds(settings) and not clock.over:
        search(f, tallies, settings, watch, index)
    return tallies


def _looked(
    f: Examination, e: Example, index: int, tallies: Sequence[tuple[int, Tally]],
    turns: _Turns, watch: Watch, clock: Clock,
) -> list[tuple[int, Tally]]:  # fmt: skip
    """The laws that were refused the example, which is the others' no more."""
    f.begin()
    refused, amiss = [], False
    for place, tally in tallies:
        if clock.over and not clock.waits_for(tally):
            continue
        if not tally.settled and turns.due(tally, e, index, amiss):
            watch.at(index, place)
            refusals, broken = tally.refusals, tally.broken
            tally.look(f, e, index)
            amiss = amiss or tally.broken > broken
            if tally.refusals > refusals:
                turns.give_back(tally, e)
                refused.append((place, tally))
    return refused


def _last(f: Examination, tallies: Sequence[Tally]) -> None:
    """Laws of limits hear of what was found after they had looked."""
    for tally in tallies:
        for limit in f.kernel.limits.of(tally.law.limit):
            if not tally.failures:
                tally.look(f, limit.example)


def _examples(f: Examination, settings: Settings, programs: str | None) -> Iterator[Example]:
    return examples(
        f.function,
        f.fmt,
        effort=settings.effort,
        seed=settings.seed,
        programs=programs,
        options=f.accepts,
        layouts=tuple(name for name in layouts(f.kernel.backend.NAME) if name != "swapped"),
        draws=settings.draws,
        built_in=f.implementation.built_in.get(f.function.name),
    )


def _programs(f: Examination, settings: Settings) -> str | None:
    """How many programs are compiled: an effort, fewer of a mode beside another, None for any."""
    if not f.kernel.compiles:
        return None
    if beside(f.implementation, f.subject, settings) and _traced(f, settings):
        return "beside"
    return settings.effort


def _traced(f: Examination, settings: Settings) -> bool:
    """False for a function that branches on values: it has no mode but the eager one."""
    first = next(_examples(f, settings, "beside"))
    try:
        f.other(mode="jit").value(first)
    except Unsupported:
        return False
    except CallFailed:
        pass
    return True


class _Turns:
    """Which law looks at which example: all of them, unless the law makes further calls."""

    def __init__(self, settings: Settings, programs: str | None) -> None:
        self._programs = programs
        self._effort = settings.effort
        #: True if laws with further calls get few examples, whatever the effort is.
        self.hurried = False
        self._taken: dict[str, int] = {}
        self._shapes: tuple[set[Any], set[Any]] = (set(), set())
        self._seen: dict[str, Counter[Trait]] = {}
        self._traits: tuple[Example | None, dict[Trait, int]] = None, {}

    def due(self, tally: Tally, e: Example, index: int, amiss: bool = False) -> bool:
        """True if the law looks at this example, of which a law before it was broken (`amiss`)."""
        law = tally.law
        if not law.empties and not e.size:
            return False
        if e.vast and not law.vast:
            return False
        if law.when is not None and not law.when(e):
            return False
        if law.corollary:
            return amiss or self._new(law, e, index, _REPEATED[self._effort])
        if not law.costs:
            return True
        if e.size > _LARGE or (_DEARER.intersection(law.needs) and not self._derived(e)):
            return False
        limit, preferred = self._limit(law), _preferred(law, e)
        key = f"{law.id} {preferred}"
        taken = self._taken.get(key, 0)
        if taken >= (-(-limit // 2) if preferred else limit):
            return False
        if not preferred and not self._tells(law, e, index):
            return False
        self._taken[key] = taken + 1
        return True

    def _tells(self, law: Law, e: Example, index: int) -> bool:
        """True if the example has something new for a law, or by chance."""
        if self._programs is not None:  # few shapes, of which each has examples enough
            return self._taken.get(f"{law.id} False", 0) < 4 or not _chance(law, index, 3)
        again = _AGAIN[self._effort]
        return self._new(law, e, index, again if law.costs > 1 else max(again // 5, 3))

    def _new(self, law: Law, e: Example, index: int, again: int) -> bool:
        """True if the example has something new for a law, and for one in `again` others."""
        if self._traits[0] is not e:
            self._traits = e, traits(e)
        seen = self._seen.setdefault(law.id, Counter())
        new = any(seen[trait] < often for trait, often in self._traits[1].items())
        if not new and _chance(law, index, again):
            return False
        seen.update(self._traits[1].keys())
        return True

    def give_back(self, tally: Tally, e: Example) -> None:
        """A turn that was refused, for floating labels say, is another example's; not for ever."""
        law = tally.law
        if law.costs and tally.refusals <= self._limit(law):
            self._taken[f"{law.id} {_preferred(law, e)}"] -= 1

    def _derived(self, e: Example) -> bool:
        """True if what is dear is asked for at the example's shape."""
        if self._programs is None:
            return True
        long = e.x.shape[-1] > _LONG
        shapes, most = self._shapes[long], _COMPILED_SHAPES[self._programs][long]
        key = e.x.shape, e.view.batch, e.view.axis
        if len(shapes) < most:
            shapes.add(key)
        return key in shapes

    def _limit(self, law: Law) -> int:
        if law.hungry:
            return _HUNGRY[self._effort]
        if law.large:
            return _MANY_ELEMENTS[self._effort]
        if law.level == "may":
            return _TOLD[self._effort]
        if self._programs is not None and law.reshapes:
            return _COMPILED_RESHAPES[self._effort]
        limit = _FURTHER["quick" if self.hurried else self._effort]
        return max(3, limit * _SEVERAL // law.costs) if law.costs > _SEVERAL else limit


def _chance(law: Law, index: int, many: int) -> int:
    """0 for one in so many, spread over the designed examples."""
    return zlib.crc32(f"{law.id}{index}".encode()) % many


def _preferred(law: Law, e: Example) -> bool:
    return law.prefers is not None and law.prefers(e)


@np.errstate(all="ignore")
def replay(
    implementation: Implementation,
    invariant_id: str,
    counterexample: Counterexample,
    settings: Settings,
) -> Result:
    """The law again on a stored counterexample. KeyError, ValueError if either is not valid."""
    law = catalogue()[invariant_id]
    name = next(n for n in law.functions if invariant_id.startswith(FUNCTIONS[n].slug + "/"))
    e = example_of(FUNCTIONS[name], counterexample)
    mode = settings.modes[0] if settings.modes else "eager"
    device = settings.devices[0] if settings.devices else implementation.backend.devices()[0]
    subject = Subject(implementation.name, name, e.fmt.name, device, mode)
    f = Examination(implementation, subject, settings.grade)
    tally = Tally(replace(law, least=0))
    tally.look(f, e)
    return Writer(f, "quick", brief=True).judged(tally)  # the stored input, not a smaller one
