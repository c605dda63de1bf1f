"""The attempts at one subject: what is skipped after a process was lost, and the final verdicts.

The law that was looking is blamed for the loss. The example is skipped for all laws, unless the law
makes further calls: then those are to blame, and only that law stops. After a few losses, examples
as large as the lost ones are skipped too, and finally all from the first lost one on: then failures
stand, and everything else is an error with its cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from conformance.examine.selection import Settings
from conformance.examine.watch import BEFORE, JUDGING, Board, Incident
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
_TRACES = "leaves-the-process-alone"


class Attempts:
    """One subject, until it has its verdicts."""

    def __init__(
        self, subject: Subject, laws: Sequence[str], deviations: Mapping[str, str], path: str,
        apart: bool = False,
    ) -> None:  # fmt: skip
        self.subject = subject
        self._laws = laws
        self._deviations = deviations
        self._path = path
        self._apart = apart
        self._incidents: list[Incident] = []
        self._as_seen: dict[str, str] = {}
        self._below: int | None = None
        self._until: int | None = None
        self._losses = self._slow = self._own = 0
        self._rooms = 0
        self._last = self._space = ""

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
        self._losses += 1
        self._slow += loss.slow
        return self._noted(board, loss.words, loss.location(self._path))

    def _vast(self, board: Board) -> bool:
        """True if a large example took too much memory, and few did before: a limit of size."""
        example, number = board.place
        plain = 0 <= number < len(self._laws) and not catalogue()[self._laws[number]].costs
        again = self._rooms < _ROOMS
        return again and example >= 0 and plain and board.size >= _VAST

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
        example, number = board.place
        if example == BEFORE:
            return False
        law = self._laws[number] if 0 <= number < len(self._laws) else self._laws[0]
        if example == JUDGING:
            if law in self._as_seen:
                return False
            self._as_seen[law] = words
        else:
            alone = own or catalogue()[law].costs > 0
            for charged in self._charged(law):
                settles = alone or any(i.law == charged for i in self._incidents)
                self._incidents.append(
                    Incident(example=example, law=charged, words=words, size=board.size,
                             location=location, settles=settles, alone=alone, call=board.call)
                )  # fmt: skip
        self._narrow(words)
        return True

    def _charged(self, law: str) -> list[str]:
        """The law that looked; one without a verdict has its function's law on traces beside it."""
        traces = f"{law.partition('/')[0]}/{_TRACES}"
        silent = catalogue()[law].level == "may" and traces in self._laws
        return [law, traces] if silent else [law]

    def _narrow(self, words: str) -> None:
        """Look at less in the next attempt, if this one was not the first of its kind."""
        wide = {i.example: i.size for i in self._incidents if not i.alone}
        spent = self._losses >= _MOST or self._slow >= _SLOW_MOST or self._own >= _MOST_OWN
        if spent or (self._below is not None and min(wide.values(), default=0) < self._below):
            self._until = min((i.example for i in self._incidents), default=0)
            self._as_seen = dict.fromkeys(self._laws, words)
        elif self._below is None and len(wide) >= (_SLOW_TO_CUT if self._slow else _TO_CUT):
            self._below = max(min(wide.values()), 1)

    def finished(self, findings: Findings) -> Findings:
        """The verdicts of the last attempt; none where the suite itself failed."""
        found = self._completed(findings)
        return replace(found, results=[_unjudged(r) for r in found.results])

    def _completed(self, findings: Findings) -> Findings:
        """With what could not be examined."""
        if self._until is None and self._below is None:
            return findings
        if self._space and self._until is None:
            return replace(findings, limits=[*findings.limits, self._memory()])
        results = [self._partial(r) for r in findings.results]
        return replace(findings, results=results, accuracy=[])

    def _memory(self) -> LimitRecord:
        """The size up to which the subject was examined."""
        s = self.subject
        return LimitRecord(
            implementation=s.implementation, function=s.function, dtype=s.dtype, device=s.device,
            mode=s.mode, kind="space", said=self._space,
            takes=[f"fewer than {self._below:,} numbers at once, for want of memory"],
            refuses=[f"{self._below:,} numbers at once"],
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
