"""Subject -> verdicts: generate once, check everything, minimise what failed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from conformance.examination import Examination
from conformance.inputs import examples
from conformance.liveness import JUDGING, PROFILE, Watch
from conformance.minimise import smallest
from conformance.model import (
    FUNCTIONS,
    GRADES,
    Example,
    Grade,
    Implementation,
    Invariant,
    Subject,
)
from conformance.floats import FORMATS
from conformance.profile import Profiler
from conformance.results import (
    Accuracy,
    Behaviour,
    Counterexample,
    NotRun,
    Outcome,
    Result,
    number,
)
from conformance.spec import catalogue
from conformance.tally import Seen, Tally, breaks, raises
from conformance.views import layouts
from conformance.witness import broken, example_of, number_text, raised

Effort = str
EFFORTS = ("quick", "default", "thorough")

#: How many examples a law with further calls is checked on, and the largest that it gets.
_FURTHER = {"quick": 6, "default": 20, "thorough": 250}
_LARGE = 20_000
_COMPILED_RESHAPES = {"quick": 1, "default": 2, "thorough": 12}
#: Seconds and calls that minimising may take per law, and seconds per subject.
_MINIMISE = {"quick": (0.5, 100), "default": (1.0, 250), "thorough": (2.0, 400)}
_MINIMISE_ALL = 6.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How an examination is done. Empty tuples choose everything (or the defaults)."""

    effort: Effort = "default"
    grade: Grade = "standard"
    only: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    seed: int = 0


@dataclass(slots=True)
class Findings:
    """What the examination of one subject found."""

    results: list[Result] = field(default_factory=list)
    behaviours: list[Behaviour] = field(default_factory=list)
    accuracy: list[Accuracy] = field(default_factory=list)


def subjects(
    implementation: Implementation, settings: Settings
) -> tuple[list[Subject], list[NotRun]]:
    """What is examined of an implementation, and what is not and why."""
    backend = implementation.backend
    found, missing = [], []
    for name in FUNCTIONS:
        if settings.functions and name not in settings.functions:
            continue
        if name not in implementation.functions:
            missing.append(NotRun(what=f"{implementation.name}::{name}", why="not defined in the file"))
    dtypes = settings.dtypes or implementation.dtypes or tuple(FORMATS)
    for dtype in dtypes:
        for device in _devices(implementation, settings):
            for mode in _modes(implementation, settings):
                why = backend.why_not(dtype, device, mode)
                if why is not None:
                    what = f"{implementation.name}::{dtype}-{mode}-{device}"
                    missing.append(NotRun(what=what, why=why))
                    continue
                found += [
                    Subject(implementation.name, name, dtype, device, mode)
                    for name in _functions(implementation, settings)
                ]
    return found, missing


def _functions(implementation: Implementation, settings: Settings) -> list[str]:
    chosen = settings.functions or tuple(FUNCTIONS)
    return [n for n in FUNCTIONS if n in chosen and n in implementation.functions]


def _devices(implementation: Implementation, settings: Settings) -> tuple[str, ...]:
    there = tuple(implementation.backend.devices())
    if settings.devices == ("all",):
        return there
    return settings.devices or implementation.devices or there[:1]


def _modes(implementation: Implementation, settings: Settings) -> tuple[str, ...]:
    if settings.modes == ("all",):
        return implementation.backend.MODES
    return settings.modes or implementation.modes or implementation.backend.DEFAULT_MODES


def laws(implementation: Implementation, subject: Subject, settings: Settings) -> list[Invariant]:
    """The laws that speak of a subject: of its function, with what the file defines."""
    accepts = implementation.options.get(subject.function, frozenset())
    return [
        law
        for law in catalogue().values()
        if subject.function in law.functions
        and (not law.formats or subject.dtype in law.formats)
        and _chosen(law, settings)
        and accepts.issuperset(law.options)
        and all(_meets(implementation, subject, need) for need in law.needs)
    ]


def _chosen(law: Invariant, settings: Settings) -> bool:
    return not settings.only or any(fnmatchcase(law.id, pattern) for pattern in settings.only)


def _meets(implementation: Implementation, subject: Subject, need: str) -> bool:
    written = subject.function in implementation.gradients
    derives = implementation.backend.NAME not in ("numpy", "cupy")
    if need == "vjp":
        return written or derives
    if need == "derived":
        return derives and not written
    if need in ("jit", "vmap", "eager"):
        return subject.mode == need
    if need == "transformed":
        return subject.mode != "eager"
    if need == "device":
        return subject.device != "cpu" and not subject.device.startswith("cpu:0")
    return need in implementation.functions


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
    tallies = tallied(f, settings, profiler, watch)
    return _Writer(f, settings, watch).findings(tallies, profiler)


def tallied(
    f: Examination,
    settings: Settings,
    profiler: Profiler | None = None,
    watch: Watch | None = None,
) -> list[Tally]:
    """What every law has seen of every example, before anything is minimised."""
    tallies = [Tally(law) for law in laws(f.implementation, f.subject, settings)]
    turns = _Turns(f, settings)
    watch = watch or Watch()
    for index, e in enumerate(_examples(f, settings)):
        if watch.passes_over(index, e, tallies):
            continue
        f.begin()
        for number, tally in enumerate(tallies):
            if not tally.settled and turns.due(tally, e, index):
                watch.at(index, number)
                tally.look(f, e, index)
        if profiler is not None:
            watch.at(index, PROFILE)
            profiler.look(e)
    return tallies


def _examples(f: Examination, settings: Settings) -> Iterator[Example]:
    return examples(
        f.function,
        f.fmt,
        effort=settings.effort,
        seed=settings.seed,
        compiling=f.kernel.compiles,
        options=f.accepts,
        layouts=layouts(f.kernel.backend.NAME),
    )


class _Turns:
    """Which law looks at which example: all of them, unless the law makes further calls."""

    def __init__(self, f: Examination, settings: Settings) -> None:
        self._compiles = f.kernel.compiles
        self._effort = settings.effort
        self._taken: dict[str, int] = {}

    def due(self, tally: Tally, e: Example, index: int) -> bool:
        """True if the law looks at this example."""
        law = tally.law
        if not law.empties and not e.size:
            return False
        if law.when is not None and not law.when(e):
            return False
        if not law.costs:
            return True
        if e.size > _LARGE:
            return False
        taken = self._taken.get(law.id, 0)
        if taken >= self._limit(law):
            return False
        if taken >= 4 and zlib.crc32(f"{law.id}{index}".encode()) % 3:
            return False  # spread over the designed examples, not only the first ones
        self._taken[law.id] = taken + 1
        return True

    def _limit(self, law: Invariant) -> int:
        if self._compiles and law.reshapes:
            return _COMPILED_RESHAPES[self._effort]
        return _FURTHER[self._effort]


class _Writer:
    """Tallies into records."""

    def __init__(self, f: Examination, settings: Settings, watch: Watch | None = None) -> None:
        self.f = f
        self.settings = settings
        self.watch = watch or Watch()
        self._left = _MINIMISE_ALL

    def findings(self, tallies: Iterable[Tally], profiler: Profiler) -> Findings:
        """The records of all laws."""
        found = Findings(accuracy=profiler.records())
        for number, tally in enumerate(tallies):
            self.watch.at(JUDGING, number)
            if tally.law.level == "may":
                words = self._words(tally)
                found.behaviours.append(
                    Behaviour(**self._identity(tally), words=words)
                )
                found.results.append(self._told(tally, words))
            else:
                found.results.append(self._judged(tally))
        return found

    def _identity(self, tally: Tally) -> dict[str, str]:
        s = self.f.subject
        return {
            "implementation": s.implementation,
            "function": s.function,
            "invariant": tally.law.id,
            "dtype": s.dtype,
            "device": s.device,
            "mode": s.mode,
        }

    def _result(self, tally: Tally, outcome: Outcome, *, message: str = "",
                counterexample: Counterexample | None = None) -> Result:  # fmt: skip
        measured = bool(tally.worst)
        return Result(
            **self._identity(tally),  # type: ignore[arg-type]
            level=tally.law.level,
            outcome=outcome,
            ratio=number(tally.ratio) if measured else None,
            grade=self._grade(tally) if measured and tally.law.level != "may" else "",
            worst=self._worst(tally),
            examples=tally.examples,
            first=tally.first_at if outcome != "pass" else 0,
            seconds=round(tally.seconds, 6),
            message=message,
            counterexample=counterexample,
        )

    def _worst(self, tally: Tally) -> str:
        """The input of the largest ratio: the number itself for one argument, else its place."""
        if not tally.worst or not tally.ratio:
            return ""
        seen = tally.worst[0]
        e, index = seen.claim.at or seen.example, seen.measured.index
        if not e.function.rowwise and e.x.shape == tuple(e.x.shape) and len(index) == 1:
            if index[0] < e.x.size:
                return f"{e.function.first} = {number_text(e.x[index[0]])}"
        return f"{e.family or 'an example'} of shape {list(e.x.shape)} at {list(index)}"

    def _judged(self, tally: Tally) -> Result:
        if tally.failures:
            return self._failed(tally)
        if tally.error is not None:
            return self._raised(tally)
        if not tally.examples and tally.refused:
            return self._result(tally, "unsupported", message=tally.refused)
        if tally.examples < tally.law.least:
            asked = f"{tally.examples} examples exercised this law; it asks for {tally.law.least}"
            return self._result(tally, "vacuous", message=asked)
        return self._result(tally, "pass")

    def _told(self, tally: Tally, words: str) -> Result:
        """The record of a may law: an error only if the process was lost."""
        if tally.error is not None and tally.error[1].lost:
            return self._raised(tally)
        return self._result(tally, "pass", message=words)

    def _declared(self, tally: Tally, otherwise: Outcome) -> tuple[Outcome, str]:
        reason = self.f.implementation.deviations.get(tally.law.id, "")
        return ("deviation", reason) if reason else (otherwise, "")

    def _budget(self) -> tuple[float, int]:
        seconds, calls = _MINIMISE[self.settings.effort]
        return min(seconds, max(self._left, 0.05)), calls

    def _failed(self, tally: Tally) -> Result:
        assert tally.smallest is not None and tally.first is not None
        seen = self._smallest(tally, tally.smallest)
        outcome, reason = self._declared(tally, "fail")
        reason = " ".join(filter(None, (reason, self._lost(tally))))
        shape = tuple(int(n) for n in tally.first.example.x.shape)
        return self._result(tally, outcome, message=reason, counterexample=broken(seen, shape, tally.law.needs))

    def _smallest(self, tally: Tally, seen: Seen) -> Seen:
        """The smallest example found on which the law fails."""
        if tally.law.id in self.watch.as_seen:
            return seen
        seconds, calls = self._budget()
        e = smallest(
            seen.example, lambda c: breaks(tally.law, self.f, c) is not None,
            calls=calls, seconds=seconds,
        )  # fmt: skip
        self._left -= seconds
        return breaks(tally.law, self.f, e) or seen

    def _lost(self, tally: Tally) -> str:
        """What else is to be said of a law that fails: how the process was lost over it."""
        if tally.error is not None and tally.error[1].lost:
            return f"[{tally.error[1]}]"
        said = self.watch.as_seen.get(tally.law.id)
        return f"[while it was minimised: {said}]" if said else ""

    def _raised(self, tally: Tally) -> Result:
        assert tally.error is not None
        e, error = tally.error
        if not error.lost and tally.law.id not in self.watch.as_seen:
            seconds, calls = self._budget()
            e = smallest(
                e, lambda c: raises(tally.law, self.f, c) is not None,
                calls=calls, seconds=seconds / 2,
            )  # fmt: skip
            self._left -= seconds / 2
            error = raises(tally.law, self.f, e) or error
        outcome, reason = self._declared(tally, "error")
        said = f"{reason} [{error}]" if reason else str(error)
        return self._result(tally, outcome, message=said, counterexample=raised(e, error, tally.law.needs))

    def _grade(self, tally: Tally) -> str:
        """The strictest grade that the worst examples of a law keep; empty if none does."""
        for grade in GRADES:
            if grade == self.settings.grade and not tally.failures:
                return grade
            if tally.law.id in self.watch.as_seen:
                return ""
            g = Examination(self.f.implementation, self.f.subject, grade)
            if all(breaks(tally.law, g, seen.example) is None for seen in tally.worst):
                return grade
        return ""

    def _words(self, tally: Tally) -> str:
        if tally.notes:
            total = sum(tally.notes.values())
            ordered = sorted(tally.notes.items(), key=lambda item: (-item[1], item[0]))
            if len(ordered) == 1:
                return ordered[0][0]
            return "; ".join(f"{words} ({count} of {total})" for words, count in ordered[:4])
        if tally.error is not None:
            return f"raises {tally.error[1]}"
        if not tally.examples:
            return f"not supported: {tally.refused}" if tally.refused else "not seen"
        if not tally.failures:
            return f"holds in all {tally.examples} examples"
        return f"does not hold in {tally.failures} of {tally.examples} examples"


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
    return _Writer(f, replace(settings, effort="quick"))._judged(tally)
