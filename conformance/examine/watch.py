"""How far an examination is, for the process that watches it, and which examples it skips.

Native code can end the process that calls it, or never return. So the examining process notes
which law is about to look at which example, in memory that outlives it. After a crash the next
examination skips the example that was under way and blames the law that looked at it.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile
from collections.abc import Mapping, MutableSequence, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from conformance.examine import call_notes
from conformance.kernels.failures import CallFailed

if TYPE_CHECKING:
    from conformance.examine.tally import Tally
    from conformance.model import Example, Implementation

#: Cells: a counter of signs of life; the example; the law's place among the subject's laws; the
#: numbers of the example; 1 if the examination is to stop; the bytes of the note on the call under
#: way, where it is not of the example itself; the numbers of that call.
_CELLS = 7
_SIZE = 8 * _CELLS
_MARK = ".watched"

#: Examples that are none: nothing has begun, a law's failure is being minimised.
BEFORE, JUDGING = -1, -2
#: A law that is none: the error profile looks.
PROFILE = -1
_FOREVER = 2**62
#: What is said of a call that was not waited for to the end.
WAITS = "--timeout SECONDS waits longer"


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """A process that was lost, or a check that itself failed, while a law looked at an example.

    `settles`: the law looks at nothing further. `alone`: the law's own further calls are to blame,
    so that others look at the example. `location` is the line of the file, as "my.py:12". `call` is
    a note on the call under way, where it was not of the example itself. `large`: a right file may
    take as long for so many numbers.
    """

    example: int
    law: str
    words: str
    size: int = 0
    location: str = ""
    call: bytes = b""
    settles: bool = False
    alone: bool = False
    large: bool = False


class Watch:
    """Where the examination is, and the incidents of the earlier attempts at the same subject.

    `as_seen` are laws whose failures are not minimised. Only the first `until` examples are looked
    at, and of those only the ones with fewer than `below` elements. `of` is what is examined.
    """

    def __init__(
        self,
        shared: Shared | None = None,
        incidents: Sequence[Incident] = (),
        as_seen: Mapping[str, str] | None = None,
        until: int = _FOREVER,
        below: int = _FOREVER,
        of: Implementation | None = None,
    ) -> None:
        self._cells, self._note = shared or ([0] * _CELLS, None)
        self._given: Example | None = None
        self._example: Example | None = None
        self._incidents: dict[int, list[Incident]] = {}
        for incident in incidents:
            self._incidents.setdefault(incident.example, []).append(incident)
        self.as_seen = as_seen or {}
        self.until = until
        self.below = below
        self._of = of

    def at(self, example: int, law: int) -> None:
        """Say what comes next. Under 0.2 µs."""
        cells = self._cells
        cells[1] = example
        cells[2] = law
        cells[5] = 0
        cells[6] = cells[3]
        cells[0] += 1

    def looks(self, e: Example) -> None:
        """Say which example the laws look at."""
        self._example = e

    def calls(self, e: Example) -> None:
        """Note a call that is about to be made; under 10 µs if it is another than the example's.

        The laws may look at the example in a form that the implementation takes: another call, too.
        """
        self._cells[5] = 0
        self._cells[6] = _numbers(e)
        self._cells[0] += 1
        if self._note is None or e is self._example is self._given:
            return
        data = call_notes.note(e, self._example, self._of)
        if len(data) > len(self._note):  # the disk was full
            return
        self._note[: len(data)] = data
        self._cells[5] = len(data)

    @property
    def stopped(self) -> bool:
        """True if no more is to be looked at: what was seen is to be judged."""
        return bool(self._cells[4])

    def stop(self) -> None:
        """Look at no more."""
        self._cells[4] = 1

    def passes_over(self, index: int, e: Example, tallies: Sequence[Tally]) -> bool:
        """True if the example is not looked at; its incidents are charged to their laws."""
        self._given, size = e, _numbers(e)
        self._cells[3] = size
        incidents = self._incidents.get(index, ())
        for incident in incidents:
            for tally in tallies:
                if tally.law.id == incident.law:
                    made = call_notes.example_of(incident.call) or e
                    failure = _failure(incident, made, self._of)
                    tally.charge(made, failure, incident.settles, index, incident.large)
        beyond = index >= self.until or size >= self.below
        return beyond or not all(incident.alone for incident in incidents)


def _numbers(e: Example) -> int:
    """The numbers of the example, or of its logits where a matrix makes them."""
    return len(e.x) * e.classes if e.function.matrix else e.size


def _failure(incident: Incident, e: Example, of: Implementation | None) -> CallFailed:
    told = call_notes.words_of(incident.call)
    call = f"{told}, which the law makes of this input" if told else call_notes.words(e, of)
    more = f"; {WAITS}" if incident.large else ""
    return CallFailed("died", "", f"{incident.words}, at {call}{more}", incident.location)


#: The cells of a board, and the bytes of the note; no note where nobody else could read it.
Shared = tuple[MutableSequence[int] | memoryview, memoryview | None]


def _shared(file: int) -> tuple[memoryview, memoryview]:
    whole = memoryview(mmap.mmap(file, os.fstat(file).st_size))
    return whole[:_SIZE].cast("q"), whole[_SIZE:]


class Board:
    """The watcher's side: a small file in memory that both processes see."""

    def __init__(self) -> None:
        shared = Path("/dev/shm")
        folder = shared if os.access(shared, os.W_OK) else None
        file, self.path = tempfile.mkstemp(prefix="conformance-", suffix=_MARK, dir=folder)
        try:
            os.write(file, bytes(_SIZE))
            with contextlib.suppress(OSError):  # a full disk costs the notes
                os.write(file, bytes(call_notes.LARGEST))
            self._cells, self._note = _shared(file)
        finally:
            os.close(file)

    @property
    def signs(self) -> int:
        """A number that grows with every sign of life."""
        return int(self._cells[0])

    @property
    def place(self) -> tuple[int, int]:
        """The example and the law that were last begun."""
        return int(self._cells[1]), int(self._cells[2])

    @property
    def size(self) -> int:
        """The number of elements of that example."""
        return int(self._cells[3])

    @property
    def called(self) -> int:
        """The number of elements of the call that was last begun."""
        return int(self._cells[6])

    @property
    def call(self) -> bytes:
        """The note on the call that was last begun, if it was another than the example's."""
        return bytes(self._note[: int(self._cells[5])])

    @property
    def looking(self) -> bool:
        """True while laws look at examples."""
        return int(self._cells[1]) >= 0

    def stop(self) -> None:
        """Tell the examination to look at no more, whenever it comes to that."""
        self._cells[4] = 1

    def hold(self, signs: int | None = None) -> bool:
        """Keep to where the examination is now, though it may go on for a moment.

        False, and nothing is kept, if it has given a sign since it had given so many.
        """
        note, cells = bytes(self._note), memoryview(bytes(self._cells)).cast("q")
        if signs is not None and cells[0] != signs:
            return False
        self._note, self._cells = memoryview(note), cells
        return True

    def begin(self) -> None:
        """Forget the place of an earlier examination."""
        self._cells[1], self._cells[2], self._cells[5] = BEFORE, PROFILE, 0

    def close(self) -> None:
        """Drop the file."""
        with contextlib.suppress(OSError):
            Path(self.path).unlink()


def attach(path: str) -> Shared:
    """The examining process's side of a board."""
    file = os.open(path, os.O_RDWR)
    try:
        return _shared(file)
    finally:
        os.close(file)
        with contextlib.suppress(OSError):  # Windows keeps it until the watcher drops it
            Path(path).unlink()
