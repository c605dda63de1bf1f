"""The attempts at one subject: what is skipped after a process was lost, and the final verdicts.

The law that was looking is blamed for the loss. The example is skipped for all laws, unless the law
makes further calls: then those are to blame, and only that law stops. After a few losses, examples
as large as the lost ones are skipped too, and finally all from the first lost one on: then failures
stand, and everything else is an error with its cause.

A call of so many numbers that a right file may take longer than is waited for breaks no law: its
size is a limit. And one process of a file that falls silent on a small example may do so by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from conformance.examine.selection import Settings
from conformance.examine.watch import BEFORE, JUDGING, WAITS, Board, Incident
from conformance.model import Subject
from conformance.processes.messages import Broken, Examine
from conformance.processes.process import Lost
from conformance.records import deviations
from conformance.records.results import OURS, Findings, LimitRecord, Result, expected
from conformance.spec import catalogue

#: Lost examples after which only smaller ones are looked at; fewer if each takes a timeout.
_TO_CUT, _SLOW_TO_CUT = 3, 2
#: Losses, of whatever kind, after which no more is tried.
_MOST, _SLOW_MOST = 8, 6
_MOST_OWN = 30
#: Elements of an example from which on it may take all the memory that there is, and be right;
#: how often that is said of smaller ones.
_VAST, _ROOMS = 4096, 3
#: Seconds that a right file may take for a number: a row at a time, with its second derivative.
_FOR_A_NUMBER = 1e-3
_TRACES = "leaves-the-process-alone"


@dataclass(slots=True)
class Slow:
    """What takes longer than is waited for, in a function of a file: it is not tried again.

    Examples of `below` numbers or more do, and so do the further calls of the laws of `incidents`.
    """

    below: int | None = None
    said: str = ""
    seconds: float = 0.0
    incidents: list[Incident] = field(default_factory=list)


@dataclass(slots=True)
class Known:
    """What earlier subjects of a file have shown: what is slow, by function and mode.

    `silent` is true once a process of it gave no sign of life, which may have been by chance.
    """

    slow: dict[tuple[str, str], Slow] = field(default_factory=dict)
    silent: bool = False


class Attempts:
    """One subject, until it has its verdicts."""

    def __init__(
        self, subject: Subject, laws: Sequence[str], deviations: Mapping[str, str], path: str,
        apart: bool = False, known: Known | None = None,
    ) -> None:  # fmt: skip
        self.subject = subject
        self._laws = laws
        self._deviations = deviations
        self._path = path
        self._apart = apart
        self._file = known or Known()
        self._known = self._file.slow.setdefault((subject.function, subject.mode), Slow())
        self._incidents = [i for i in self._known.incidents if i.law in laws]
        self._as_seen: dict[str, str] = {}
        self._below = self._known.below
        self._until: int | None = None
        self._losses = self._slow = self._own = 0
        self._rooms = 0
        self._last = self._space = self._again = ""

    def needs(self, what: str) -> bool:
        """True if one of the laws does."""
        return any(what in catalogue()[law].needs for law in self._laws)

    def request(self, settings: Settings) -> Examine:
        """What to ask for next."""
        return Examine(
            subject=self.subject, settings=settings, incidents=self._incidents,
            as_seen=self._as_seen, until=self._until, below=self._below, apart=self._apart,
        )  # fmt: skip

    def lost(self, board: Board | None, loss: Lost) -> bool:
        """Take note of a lost process; True if another attempt is worth making."""
        if board is not None and loss.hungry and self._vast(board):
            self._space, self._below = loss.words, board.size
            self._rooms += 1
            return True
        if board is not None and loss.silent:
            if self._is_long(board, loss.silent):
                return self._took_long(board, loss)
            if not self._file.silent:
                self._file.silent = True
                self._again = f"{loss.words} {self._place(board)}"
                return True
        self._losses += 1
        self._slow += loss.slow
        return self._noted(board, loss.words, loss.location(self._path))

    def _vast(self, board: Board) -> bool:
        """True if a large example took too much memory, and few did before: a limit of size."""
        example, number = board.place
        plain = 0 <= number < len(self._laws) and not catalogue()[self._laws[number]].costs
        again = self._rooms < _ROOMS
        return again and example >= 0 and plain and board.size >= _VAST

    def _is_long(self, board: Board, seconds: float) -> bool:
        """True if the call under way was of so many numbers that a right file may take as long."""
        if not board.looking or not self._laws or self._until is not None:
            return False
        return board.called * _FOR_A_NUMBER >= seconds or catalogue()[self._law(board)].hungry

    def _took_long(self, board: Board, loss: Lost) -> bool:
        """Take note of a size that takes too long, or of a law's own calls that do."""
        known, law = self._known, self._law(board)
        words = f"it took longer than {loss.silent:g} s"
        alone = catalogue()[law].costs > 0 or board.called > board.size
        incident = self._incident(board, law, words, loss.location(self._path), alone)
        incident = msgspec.structs.replace(incident, large=True)
        self._incidents.append(incident)
        if alone:
            known.incidents.append(msgspec.structs.replace(incident, example=0))
        else:
            self._below = known.below = board.size
            known.said, known.seconds = f"{words} {self._place(board)}", loss.silent
        return True

    def _place(self, board: Board) -> str:
        """Where the examination was."""
        s = self.subject
        if not board.looking or not self._laws:
            return f"in {s.id}"
        numbers = f"an example of {board.size:,} numbers"
        return f"in {self._law(board)} ({s.dtype}, {s.mode}), at {numbers}"

    def _law(self, board: Board) -> str:
        number = board.place[1]
        return self._laws[number] if 0 <= number < len(self._laws) else self._laws[0]

    def broken(self, board: Board, reply: Broken) -> bool:
        """Take note of an examination that raised; True if another attempt is worth making."""
        self._losses += not reply.own
        self._own += reply.own
        own = f"{OURS}: {reply.words}"
        return self._noted(board, own if reply.own else reply.words, own=reply.own)

    def _noted(
        self, board: Board | None, words: str, location: str = "", own: bool = False
    ) -> bool:
        self._last = words
        if board is None or not self._laws or self._until is not None:
            return False
        example, law = board.place[0], self._law(board)
        if example == BEFORE:
            return False
        if example == JUDGING:
            if law in self._as_seen:
                return False
            self._as_seen[law] = words
        else:
            alone = own or catalogue()[law].costs > 0
            for charged in self._charged(law):
                self._incidents.append(self._incident(board, charged, words, location, alone))
        self._narrow(words)
        return True

    def _incident(self, board: Board, law: str, words: str, location: str, alone: bool) -> Incident:
        settles = alone or any(i.law == law for i in self._incidents)
        return Incident(
            example=board.place[0], law=law, words=words, size=board.size, location=location,
            settles=settles, alone=alone, call=board.call,
        )  # fmt: skip

    def _charged(self, law: str) -> list[str]:
        """The law that looked; one without a verdict has its function's law on traces beside it."""
        traces = f"{law.partition('/')[0]}/{_TRACES}"
        silent = catalogue()[law].level == "may" and traces in self._laws
        return [law, traces] if silent else [law]

    def _narrow(self, words: str) -> None:
        """Look at less in the next attempt, if this one was not the first of its kind."""
        wide = {i.example: i.size for i in self._incidents if not (i.alone or i.large)}
        spent = self._losses >= _MOST or self._slow >= _SLOW_MOST or self._own >= _MOST_OWN
        if spent or (
            self._below is not None and min(wide.values(), default=self._below) < self._below
        ):
            self._until = min((i.example for i in self._incidents if not i.large), default=0)
            self._as_seen = dict.fromkeys(self._laws, words)
        elif self._below is None and len(wide) >= (_SLOW_TO_CUT if self._slow else _TO_CUT):
            self._below = max(min(wide.values()), 1)

    def finished(self, findings: Findings) -> Findings:
        """The verdicts of the last attempt; none where the suite itself failed."""
        found = self._completed(findings)
        found = replace(found, results=[_unjudged(r) for r in found.results])
        if not self._again or self._slow:
            return found
        note = f"{self._again}; looked at once more, in a new process, it answered"
        return replace(found, notes=[*found.notes, note])

    def _completed(self, findings: Findings) -> Findings:
        """With what could not be examined."""
        if self._until is None and self._below is None:
            return findings
        if (limits := [*self._limits()]) and self._until is None:
            return replace(findings, limits=[*findings.limits, *limits])
        results = [self._partial(r) for r in findings.results]
        return replace(findings, results=results, accuracy=[])

    def _limits(self) -> Iterator[LimitRecord]:
        """The sizes up to which the subject was examined."""
        known = self._known
        if self._space:
            yield self._limit("space", self._below, ", for want of memory", self._space)
        if known.below is not None:
            said = f"{known.said}; {WAITS}"
            yield self._limit("time", known.below, f" within {known.seconds:g} s", said)

    def _limit(self, kind: str, below: int | None, why: str, said: str) -> LimitRecord:
        s = self.subject
        return LimitRecord(
            implementation=s.implementation, function=s.function, dtype=s.dtype, device=s.device,
            mode=s.mode, kind=kind, said=said,
            takes=[f"fewer than {below:,} numbers at once{why}"],
            refuses=[f"{below:,} numbers at once"],
        )  # fmt: skip

    def _partial(self, result: Result) -> Result:
        lacking = ("vacuous",) if self._until is None else ("vacuous", "pass")
        if result.outcome not in lacking:
            return result
        return self._error(result.invariant, result.examples)

    def given_up(self) -> Findings:
        """An error for every law."""
        return self.finished(Findings(results=[self._error(law) for law in self._laws]))

    def _error(self, law: str, examples: int = 0) -> Result:
        seen = f"examined on {examples} examples only" if examples else "not examined"
        times = f", the last of {self._losses} losses" if self._losses > 1 else ""
        words = f"{seen}: {self._last}{times}"
        s = self.subject
        reason = deviations.reason(self._deviations, law, s.dtype)
        found = Result(
            implementation=s.implementation, function=s.function, invariant=law,
            level=catalogue()[law].level, dtype=s.dtype, device=s.device, mode=s.mode,
            outcome="error", examples=examples, message=words,
        )  # fmt: skip
        return expected(found, "deviation", reason) if reason else found


def _unjudged(result: Result) -> Result:
    """The result, unless a check could not be made; one that failed may have a note of a fault."""
    if result.outcome != "error" or OURS not in result.message:
        return result
    return msgspec.structs.replace(result, outcome="unsupported", counterexample=None)
