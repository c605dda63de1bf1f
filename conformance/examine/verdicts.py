"""From tallies to verdicts: outcomes, grades, and the smallest counterexample of each failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from conformance.backends import about
from conformance.examine.clock import Clock
from conformance.examine.counterexample import broken, number_text, raised
from conformance.examine.grading import graded
from conformance.examine.limit_records import limited
from conformance.examine.minimise import Allowance, smallest
from conformance.examine.peer import Peer
from conformance.examine.profile import Profiler
from conformance.examine.tally import Seen, Tally, breaks, clear, keeps, raises
from conformance.examine.turns import LEFT
from conformance.examine.watch import JUDGING, Watch
from conformance.examine.ways_out import ONE_SIZE, hint
from conformance.kernels.failures import CallFailed
from conformance.kernels.layouts import fitting
from conformance.kernels.plain_calls import LARGEST
from conformance.model import Example
from conformance.records import deviations
from conformance.records.results import (
    UNCOMPARED,
    Counterexample,
    Findings,
    Measured,
    Result,
    Search,
    expected,
    number,
)
from conformance.spec.context import Examination
from conformance.spec.law import Law

#: Calls and elements that minimising may cost per law; per subject, as many laws' worth.
_MINIMISE = {"quick": (100, 400_000), "default": (250, 1_000_000), "thorough": (400, 2_500_000)}
_LAWS = 8
#: What a law may still cost when its subject has nothing left, in elements.
_SCRAP = 20_000
#: The same, in calls and elements, of what is told in one line: no must law; a declared deviation.
_ASIDE, _DECLARED = (60, 100_000), (20, 50_000)
#: Calls for an example that is the smallest of another law already.
_SHARED = 40
#: Numbers beyond which the call that shows a declared deviation is neither minimised nor kept.
_UNREAD = 200_000


class Writer:
    """Tallies into records; brief ones without grades, with counterexamples as they were found."""

    def __init__(
        self,
        f: Examination,
        effort: str,
        watch: Watch | None = None,
        brief: bool = False,
        clock: Clock | None = None,
        require: Sequence[str] = (),
        tells: bool = True,
    ) -> None:
        self.f = f
        self.watch = watch or Watch()
        self._clock = clock or Clock()
        self._require = require
        self._calls, self._elements = _MINIMISE[effort]
        self._left = _LAWS * self._elements
        self._smallest: list[Example] = []
        self._brief = brief
        self._tells = tells  # what a failure depends on
        self._grades: dict[str, str] = {}
        self._unseen = ""
        self._silent: Tally | None = None  # that says why no plain call gives a result
        self._peer = Peer(f)
        #: Laws that the library which it replaces breaks, too, but not where it does.
        self._own: set[str] = set()

    def findings(self, tallies: Sequence[Tally], profiler: Profiler) -> Findings:
        """The records of all laws."""
        found = Findings(accuracy=profiler.records(), limits=limited(self.f))
        if self._clock.over or self._clock.left_out:
            found.unreached, found.reached = max(self._clock.left_out, 1), self._clock.reached
        if not self._brief and not self._clock.over:
            self._grades = graded(self.f, tallies, self.watch)
        self._unseen = self._uncompared(tallies)
        least = min(filter(_raises, tallies), key=_least, default=None)
        if least and not least.examples and self.f.kernel.limits.plain.none(self.f.fmt.name):
            self._silent = least
        for place, tally in enumerate(tallies):
            self.watch.at(JUDGING, place)
            if tally.law.level == "may":
                found.results.append(self._told(tally))
            else:
                found.results.append(self.judged(tally, place))
        return found

    def _result(self, tally: Tally, outcome: Measured, *, message: str = "",
                counterexample: Counterexample | None = None) -> Result:  # fmt: skip
        s = self.f.subject
        measured = bool(tally.worst) and outcome not in ("unsupported", "vacuous")
        return Result(
            implementation=s.implementation,
            function=s.function,
            invariant=tally.law.id,
            dtype=s.dtype,
            device=s.device,
            mode=s.mode,
            level="must" if outcome != "pass" and self._required(tally) else tally.law.level,
            outcome=outcome,
            ratio=number(tally.ratio) if measured and not tally.law.limit else None,
            grade=self._grades.get(tally.law.id, ""),
            worst=self._worst(tally),
            examples=tally.examples,
            first=tally.first_at if outcome != "pass" else 0,
            seconds=round(tally.seconds, 6),
            message=message,
            counterexample=counterexample,
            search=_searched(tally),
        )

    def _worst(self, tally: Tally) -> str:
        """The input of the largest ratio: the number itself for one argument, else its place."""
        if not tally.worst or not tally.ratio:
            return ""
        seen = tally.worst[0]
        e, index = seen.claim.at or seen.example, seen.measured.index
        if not e.function.rowwise and len(index) == 1 and index[0] < e.x.size:
            return f"{e.function.first} = {number_text(e.x[index[0]])}"
        return f"{e.family or 'an example'} of shape {list(e.x.shape)} at {list(index)}"

    def judged(self, tally: Tally, place: int = 0) -> Result:
        """The record of a law that has a verdict; `place` is its place among the subject's."""
        if tally.failures and tally.law.limit:
            return self._limited(tally)
        if tally.failures:
            return self._failed(tally, place)
        if tally.error is not None:
            return self._raised(tally, place)
        if not tally.examples and (why := tally.refused or self._always_reduced()):
            return self._result(tally, "unsupported", message=why)
        if tally.examples < tally.law.least:
            if limits := self.f.kernel.limits.found:
                words = f"outside of what it takes: it refuses {limits[0].words}: {limits[0].said}"
                return self._result(tally, "unsupported", message=words)
            if self._clock.over:
                stopped = "before the run was interrupted" if self.watch.stopped else ""
                why = f"not reached {stopped or 'in the time there was'}"
                return self._result(tally, "vacuous", message=why)
            asked = f"{tally.examples} examples exercised this law; it asks for {tally.law.least}"
            return self._result(tally, "vacuous", message=asked)
        if self._unseen and tally.law.level == "must":
            return self._result(tally, "unsupported", message=self._unseen)
        return self._result(tally, "pass")

    def _uncompared(self, tallies: Sequence[Tally]) -> str:
        """Why no value of the subject was compared, if none was: it cannot be said to conform."""
        own = f"{self.f.function.slug}/accuracy"
        seen = next((t for t in tallies if t.law.id == own), None)
        if seen is None or seen.examples or seen.error or seen.refused in ("", LEFT):
            return ""
        return f"{UNCOMPARED}: {seen.refused}; {ONE_SIZE}"

    def _limited(self, tally: Tally) -> Result:
        """The record of a kind of limits that is met: what is refused, and one call of it."""
        seen, law = tally.shown, tally.law
        limits = self.f.kernel.limits.of(law.limit)
        said = "; ".join(dict.fromkeys(f"refuses {limit.words}: {limit.said}" for limit in limits))
        if law.limit == "formats" and not self._asks(self.f.subject.dtype):
            return self._result(tally, "unsupported", message=said)
        e = seen.claim.at or seen.example
        kept = broken(
            self.f.implementation,
            None,
            Seen(e, seen.claim, seen.measured),
            tuple(e.x.shape),
            law.needs,
        )
        found = self._result(tally, "fail", message=said, counterexample=kept)
        return found if self._required(tally) else self._declared(tally, found)

    def _asks(self, dtype: str) -> bool:
        """True for a format that the file declares, or that is required."""
        return dtype in (*(self.f.implementation.dtypes or ()), *self._require)

    def _required(self, tally: Tally) -> bool:
        """True for a kind of limits that is to fail the run: required, or a mode of MODES."""
        kind = tally.law.limit
        declared = kind == "modes" and self.f.subject.mode in (self.f.implementation.modes or ())
        return bool(kind) and (kind in self._require or declared)

    def _always_reduced(self) -> str:
        """What is said of a law of single losses, of which some functions give none."""
        if not self.f.function.reduces or "reduction" in self.f.accepts:
            return ""
        return "it takes no option 'reduction': no loss of a single row is seen"

    def _told(self, tally: Tally) -> Result:
        """The record of a may law: an error only if the process was lost."""
        if tally.error is not None and tally.error[1].lost:
            return self._raised(tally, 0)
        return self._result(tally, "pass", message=self._words(tally))

    def _reason(self, law: Law) -> str:
        """Why the implementation deviates from a law, if it declares that it does."""
        if law.limit and (why := self.f.implementation.limits.get(law.limit)):
            return why
        if law.id in self._own:
            return ""
        declared = self.f.implementation.deviations
        return deviations.reason(declared, law.id, self.f.subject.dtype)

    def _declared(self, tally: Tally, found: Result) -> Result:
        reason = self._reason(tally.law)
        return expected(found, "deviation", reason) if reason else found

    def _failed(self, tally: Tally, place: int) -> Result:
        assert tally.first is not None
        seen, law, excesses = tally.shown, tally.law, [s.measured.ratio for s in tally.smallest]
        if unlike := self._peer.failure(tally):
            seen = unlike
            self._own.add(law.id)
        if self._reason(law) and (seen.claim.at or seen.example).size > _UNREAD:
            return self._declared(tally, self._result(tally, "fail", message=self._lost(tally)))

        def convinces(e: Example) -> bool:
            broken = breaks(law, self.f, e)
            excesses.extend([broken.measured.ratio] if broken else ())
            clearly = broken is not None and broken.measured.ratio >= clear(tally.ratio)
            return clearly and (not unlike or self._peer.keeps(law, e))

        again = law.id not in self.watch.as_seen
        spare = self.f.kernel.compiles and self._is_aside(law)
        if again:
            row = seen.measured.index[0] if seen.measured.index and not spare else -1
            e = self._minimised(law, seen.example, place, convinces, row)
            seen = breaks(law, self.f, e) or seen
        shape = tuple(int(n) for n in tally.first.example.x.shape)
        self.watch.at(JUDGING, place)
        tells = self._tells and not (law.hungry or self._clock.over or self._reason(law) or spare)
        told = self.f if again and tells else None
        cheap = not law.costs or law.id.endswith("accuracy")
        holds = partial(keeps, law, self.f) if cheap else None
        kept = broken(
            self.f.implementation, told, seen, shape, law.needs, min(excesses), holds,
            tally.failing,
        )  # fmt: skip
        found = self._result(tally, "fail", message=self._lost(tally), counterexample=kept)
        return self._declared(tally, found)

    def _is_aside(self, law: Law) -> bool:
        """True for what does not fail a run: it gets fewer calls, and no programs of its own."""
        return law.level != "must" or bool(self._reason(law))

    def _minimised(
        self, law: Law, e: Example, place: int, bad: Callable[[Example], bool], row: int = -1
    ) -> Example:
        """The smallest example found that is bad, each candidate a sign of life."""
        if self._brief or law.hungry or self._clock.over or "many" in law.needs:
            return e
        calls, elements = self._calls, self._elements
        if aside := self._is_aside(law):
            calls, elements = _DECLARED if self._reason(law) else _ASIDE
        elements, compiles = min(elements, max(self._left, _SCRAP)), self.f.kernel.compiles
        allowance = Allowance(calls, elements, compiles, fixed=compiles and aside)

        def tried(candidate: Example) -> bool:
            if self._clock.over:
                return False
            self.watch.at(JUDGING, place)
            return bad(candidate)

        built_in = self.f.implementation.built_in.get(self.f.function.name, {})
        fit = partial(fitting, built_in=built_in)
        found = smallest(fit(self._shared(e, tried, allowance)), tried, allowance, fit, row)
        if not any(found is known for known in self._smallest):
            self._smallest.append(found)
        self._left -= elements - allowance.elements
        return found

    def _shared(self, e: Example, bad: Callable[[Example], bool], allowance: Allowance) -> Example:
        """The smallest example of another law, if it is bad here too: little is gained beyond."""
        for known in sorted(self._smallest, key=lambda known: known.size):
            if known.size >= e.size or allowance.spent or not allowance.admits(known):
                continue
            allowance.spend(known)
            if bad(known):
                allowance.calls = min(allowance.calls, _SHARED)
                return known
        return e

    def _lost(self, tally: Tally) -> str:
        """What else is to be said of a law that fails: how the process was lost over it."""
        if tally.law.id in self._own:
            return f"[{self._peer.name}, which declares to break this law, keeps it here]"
        if tally.error is not None and tally.error[1].lost:
            return f"[{tally.error[1]}]"
        said = self.watch.as_seen.get(tally.law.id)
        return f"[while it was minimised: {said}]" if said else ""

    def _raised(self, tally: Tally, place: int) -> Result:
        assert tally.error is not None
        (e, error), law = tally.error, tally.law
        if why := self._too_large():
            return self._result(tally, "unsupported", message=f"{error}; {why}")
        if self._silent not in (None, tally) and not (error.lost or tally.examples):
            assert self._silent is not None
            why = f"no plain call gives a result: {self._silent.law.id} says why"
            return self._result(tally, "unsupported", message=why)
        if self._peer.answers(tally):
            self._own.add(law.id)
        e = self._raising(tally, place)
        if not error.lost:
            error = raises(law, self.f, e) or error
        kept = raised(self.f.implementation, e, error, law.needs)
        words = str(error) if self._reason(law) else f"{error}{self._way_out(tally, error)}"
        found = self._result(tally, "error", message=words, counterexample=kept)
        return self._declared(tally, found)

    def _raising(self, tally: Tally, place: int) -> Example:
        """The plainest input of a law that raises: a usual one where all of them do."""
        assert tally.error is not None
        (e, error), law = tally.error, tally.law
        if error.lost or law.id in self.watch.as_seen:
            return e
        plain = self.f.kernel.limits.plainest(e.fmt.name)
        if tally is self._silent and raises(law, self.f, plain) is not None:
            return plain
        return self._minimised(law, e, place, lambda c: raises(law, self.f, c) is not None)

    def _too_large(self) -> str:
        """Why nothing is examined of a kernel that seems to take one large shape only."""
        plain = self.f.kernel.limits.plain
        if not plain.none(self.f.fmt.name) or not (shape := plain.too_large):
            return ""
        shown = " x ".join(map(str, shape))
        return (
            f"{shown} numbers were not tried: no more than {LARGEST:,} are, in each of many calls"
        )

    def _way_out(self, tally: Tally, error: CallFailed) -> str:
        """That no plain call gave a result, and what may be declared of the kernel."""
        if tally is not self._silent:
            return ""
        name, file = self.f.function.name, self.f.implementation.path.name
        way = hint(error, name, file, about(self.f.kernel.backend).title)
        joint = "; " if way else ""
        return f", as in every plain call, so that nothing else is judged{joint}{way}"

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


def _raises(tally: Tally) -> bool:
    return tally.error is not None and not tally.failures and tally.law.level != "may"


def _least(tally: Tally) -> tuple[bool, bool, bool]:
    """First the law of the least that has to work, then that of the value, then must laws."""
    law = tally.law
    return law.limit != "formats", not law.id.endswith("/accuracy"), law.level != "must"


def _searched(tally: Tally) -> Search | None:
    """The record of a climb, if there was one."""
    climb = tally.climb
    if climb is None or not climb.steps:
        return None
    before, after = number(climb.before), number(climb.after)
    return Search(steps=climb.steps, before=before or 0.0, after=after or 0.0)
