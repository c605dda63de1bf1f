"""The attempts at one subject: what is passed over after a loss, and the verdicts at the end.

A lost process is charged to the law that was looking, and the example is left out for all laws.
After three losses only the examples before the first of them are looked at: a failure there is a
verdict, and everything else is an error with the cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.examine import Findings, Settings
from conformance.liveness import BEFORE, JUDGING, Incident
from conformance.messages import Examine
from conformance.model import Subject
from conformance.results import Outcome, Result
from conformance.spec import catalogue
from conformance.supervise import Lost

MOST = 3
_MOST_OWN = 30
_TRACE = "leaves-the-process-alone"


class Attempts:
    """One subject, until it has its verdicts."""

    def __init__(
        self, subject: Subject, laws: Sequence[str], deviations: Mapping[str, str], path: str
    ) -> None:
        self.subject = subject
        self._laws = laws
        self._deviations = deviations
        self._path = path
        self._incidents: list[Incident] = []
        self._as_seen: dict[str, str] = {}
        self._until: int | None = None
        self._losses = self._own = 0
        self._last = ""

    def request(self, settings: Settings) -> Examine:
        """What to ask for next."""
        return Examine(
            subject=self.subject,
            settings=settings,
            incidents=self._incidents,
            as_seen=self._as_seen,
            until=self._until,
        )

    def lost(self, place: tuple[int, int], loss: Lost) -> bool:
        """Take note of a lost process; True if another attempt is worth making."""
        self._losses += 1
        return self._noted(place, loss.words, loss.location(self._path))

    def failed(self, place: tuple[int, int], words: str) -> bool:
        """Take note of a mistake of the suite itself; True if another attempt is worth making."""
        self._own += 1
        said = f"conformance itself failed, please report it: {words}"
        return self._noted(place, said, "", own=True)

    def _noted(self, place: tuple[int, int], words: str, location: str, own: bool = False) -> bool:
        self._last = words
        example, number = place
        if self._until is not None or example == BEFORE or not self._laws:
            return False
        law = self._laws[number] if 0 <= number < len(self._laws) else self._laws[0]
        if example == JUDGING:
            if law in self._as_seen:
                return False
            self._as_seen[law] = words
        else:
            for charged in self._charged(law):
                again = any(incident.law == charged for incident in self._incidents)
                self._incidents.append(
                    Incident(example=example, law=charged, words=words, location=location,
                             settles=own or again)
                )  # fmt: skip
        if self._losses >= MOST or self._own >= _MOST_OWN:
            self._until = min((i.example for i in self._incidents), default=0)
            self._as_seen = dict.fromkeys(self._laws, words)
        return True

    def _charged(self, law: str) -> list[str]:
        """The law that looked; one without a verdict has its function's law on traces beside it."""
        traces = law.partition("/")[0] + "/" + _TRACE
        silent = catalogue()[law].level == "may" and traces in self._laws
        return [law, traces] if silent else [law]

    def finished(self, findings: Findings) -> Findings:
        """The verdicts of the last attempt."""
        if self._until is None:
            return findings
        return Findings(results=[self._partial(r) for r in findings.results])

    def _partial(self, result: Result) -> Result:
        if result.outcome not in ("pass", "vacuous"):
            return result
        return self._error(result.invariant, result.examples)

    def given_up(self) -> Findings:
        """An error for every law."""
        return Findings(results=[self._error(law) for law in self._laws])

    def _error(self, law: str, examples: int = 0) -> Result:
        seen = f"seen on {examples} examples" if examples else "not seen"
        times = f", the last of {self._losses} losses" if self._losses > 1 else ""
        words = f"{seen}: {self._last}{times}"
        reason = self._deviations.get(law, "")
        outcome: Outcome = "deviation" if reason else "error"
        s = self.subject
        return Result(
            implementation=s.implementation, function=s.function, invariant=law,
            level=catalogue()[law].level, dtype=s.dtype, device=s.device, mode=s.mode,
            outcome=outcome, examples=examples, message=f"{reason} [{words}]" if reason else words,
        )  # fmt: skip
