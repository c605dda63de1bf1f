"""Which law looks at which example, and which laws may have programs of their own compiled."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from conformance.examine.choice import Choice
from conformance.examine.novelty import Trait, traits
from conformance.examine.selection import Settings, halves_share, in_full_elsewhere
from conformance.examine.tally import Tally
from conformance.inputs import palette
from conformance.model import TOGETHER, Example
from conformance.spec.context import Examination
from conformance.spec.law import Law, is_apart

#: How many examples a law with further calls is checked on, and the largest that it gets.
_FURTHER = {"quick": 6, "default": 20, "thorough": 60}
_LARGE = 20_000
#: The same where they are chosen, and in formats other than float32 where the run has that.
_CHOSEN = {"quick": 6, "default": 14, "thorough": 60}
_BESIDE = {"quick": 4, "default": 4, "thorough": 60}
#: The same of laws of state and errors, which are not a format's: in formats other than float32,
#: and in an eager mode beside a compiled one.
_OF_STATE = {"quick": 2, "default": 3, "thorough": 60}
#: Further calls beyond which a law gets fewer examples, so many of them that the calls are as many.
_SEVERAL = 9
#: The same for one whose calls are large whatever the example is.
_HUNGRY = {"quick": 1, "default": 1, "thorough": 3}
_MANY_ELEMENTS = {"quick": 2, "default": 6, "thorough": 20}
#: A law without a verdict looks at so few of them.
_TOLD = {"quick": 3, "default": 6, "thorough": 20}
#: Of the examples that have nothing new for a law that follows from another one in so many.
_REPEATED = {"quick": 4, "default": 4, "thorough": 1}
#: Where each shape is compiled: what rows are long, and arrays of elements; what makes programs
#: that no other law needs; classes whose gradient is one too many; how many examples a law gets
#: whose calls have other shapes or options.
_LONG, _LONG_ARRAY = 100, 1000
_DEARER = frozenset({"derived", "transformed"})
_MORE = 3
_FEW_CLASSES = 3
_COMPILED_RESHAPES = {"quick": 2, "default": 4, "thorough": 12}
#: What another mode of the same run is left to look at, and what is said of it.
LEFT = "left to another mode or format of this run, which has the same code"


class Turns:
    """Which law looks at which example: all of them, unless the law makes further calls."""

    def __init__(
        self, f: Examination, settings: Settings, programs: str | None,
        examples: Iterable[Example],
    ) -> None:  # fmt: skip
        self.programs = programs
        self._each_operation = f.kernel.backend.COMPILES  # eagerly too
        self._traced = f.subject.mode in ("jit", "grad-of-jit")  # the file's Python runs once
        self._effort = settings.effort
        self._beside = in_full_elsewhere(f.implementation, f.subject, settings)
        share = halves_share(f.implementation, f.subject, settings)
        self._choice = Choice(list(examples), self._limit, share) if programs is None else None
        #: By the number of an example, the laws that it exercises and that do not choose; by id.
        self._exercised: dict[int, set[str]] | None = None
        self._free: set[str] = set()  # all that do not choose
        #: True if laws with further calls get few examples, whatever the effort is.
        self.hurried = False
        self._taken: dict[str, int] = {}
        self._compiled: dict[tuple[str, bool, bool], set[Any]] = {}
        #: The traits, as bits, that each law has seen, and those that it has seen twice.
        self._seen: dict[str, tuple[int, int]] = {}
        self._bits: dict[Trait, int] = {}
        self._traits: tuple[Example | None, tuple[int, int]] = None, (0, 0)

    def open_to(
        self, tallies: Sequence[tuple[int, Tally]], e: Example, index: int
    ) -> list[tuple[int, Tally]]:
        """The laws that may look at an example: of those with further calls, which chose it."""
        if self._choice is None:
            return list(tallies)
        if self._exercised is None:
            self._exercised = self._begun([tally.law for _, tally in tallies], self._choice)
        free = self._exercised[index] if self._choice.has(e, index) else self._free
        there = free | self._choice.at(index)
        return [t for t in tallies if t[1].law.id in there]

    def _begun(self, laws: Sequence[Law], choice: Choice) -> dict[int, set[str]]:
        """Let the laws choose; by the number of each example, the others that it exercises."""
        choice.choose(law for law in laws if _chooses(law))
        found: dict[int, set[str]] = defaultdict(set)
        for law in laws:
            if not _chooses(law):
                self._free.add(law.id)
                for index in np.flatnonzero(choice.exercising(law)).tolist():
                    found[index].add(law.id)
        return found

    def due(self, tally: Tally, e: Example, index: int, amiss: bool = False) -> bool:
        """True if the law looks at this example, of which a law before it was broken (`amiss`).

        The example is open to it.
        """
        law = tally.law
        if tally.refused == LEFT or self._leaves_gradient(law, e):
            return False
        if not (self._choice is not None and self._choice.has(e, index)) and not law.looks_at(e):
            return False
        if law.corollary:
            told = amiss or self._new(law, e, index, _REPEATED[self._effort])
            return told and self._affordable(tally, e)
        return not law.costs or _is_asked(law, e) or self._has_turn(tally, e, index)

    def _has_turn(self, tally: Tally, e: Example, index: int) -> bool:
        """True if a law that makes further calls has a turn left, and takes it."""
        law = tally.law
        limit, preferred = self._limit(law), _preferred(law, e)
        key = f"{law.id} {preferred}"
        taken = self._taken.get(key, 0)
        spent = e.size > _LARGE or taken >= (-(-limit // 2) if preferred else limit)
        if spent and (self._choice is None or self.hurried):
            return False
        if not preferred and not self._tells(law, index):
            return False
        if not self._affordable(tally, e):
            return False
        self._taken[key] = taken + 1
        return True

    def _leaves_gradient(self, law: Law, e: Example) -> bool:
        """True of gradients, where each is compiled, of one class or two, whose values are there.

        So are those of masked rows in a second format.
        """
        if self.programs in (None, "thorough") or not e.function.rowwise:
            return False
        if {"vjp", "derived"}.isdisjoint(law.needs):
            return False
        masked = "where" in e.options and self.programs == "narrow"
        return masked or 0 < e.x.shape[-1] < _FEW_CLASSES

    def _tells(self, law: Law, index: int) -> bool:
        """True if a law has seen little, or by chance: of few shapes each has examples enough."""
        if self._choice is not None:
            return True
        return self._taken.get(f"{law.id} False", 0) < 4 or not _chance(law, index, 3)

    def _new(self, law: Law, e: Example, index: int, again: int) -> bool:
        """True if the example has something new for a law, and for one in `again` others."""
        if self._traits[0] is not e:
            self._traits = e, self._masks(e, index)
        once, twice = self._traits[1]
        seen, again_seen = self._seen.get(law.id, (0, 0))
        if not (once & ~seen or twice & ~again_seen) and _chance(law, index, again):
            return False
        self._seen[law.id] = seen | once, again_seen | (seen & once)
        return True

    def _masks(self, e: Example, index: int) -> tuple[int, int]:
        """The traits of an example as bits: all, and those that are to be seen twice."""
        once = twice = 0
        found = traits(e) if self._choice is None else self._choice.traits(e, index)
        for trait, often in found.items():
            bit = 1 << self._bits.setdefault(trait, len(self._bits))
            once |= bit
            twice |= bit * (often > 1)
        return once, twice

    def give_back(self, tally: Tally, e: Example, index: int) -> None:
        """A turn that was refused, for floating labels say, is another example's; not for ever."""
        law = tally.law
        if law.costs and not law.corollary and tally.refusals <= self._limit(law):
            self._taken[f"{law.id} {_preferred(law, e)}"] -= 1
            self.passed([law], index)

    def passed(self, laws: Iterable[Law], index: int) -> None:
        """An example told these laws nothing, or was left out: another may."""
        if self._choice is None:
            return
        for law in laws:
            if _chooses(law) and self._choice.due(law, index):
                self._choice.another(law, index)

    def _affordable(self, tally: Tally, e: Example) -> bool:
        """False where a law would have more compiled than it may: programs that no other needs.

        One that has seen nothing in those it had gets some more.
        """
        law = tally.law
        if self.programs is None or not law.costs:
            return True
        if "transformed" in law.needs and self.programs != "thorough":
            return not self._each_operation or _between_modes(e)
        if not (law.reshapes or _DEARER.intersection(law.needs)):
            return True
        if len(e.x) < 2 and self.programs != "thorough":  # one number alone shows little
            return False
        long = e.x.shape[-1] > (_LONG if e.function.rowwise else _LONG_ARRAY)
        known = self._compiled.setdefault((law.id, long, is_apart(e)), set())
        key = _program(e)
        most = self._most(law, e, long)
        if len(known) < most + _MORE * (most > 0 and not tally.examples):
            known.add(key)
        return key in known

    def _most(self, law: Law, e: Example, long: bool) -> int:
        """How many programs of short rows, or of long ones, a law may have of its own."""
        if self.programs == "thorough":
            return 3 if long else 12
        # derivatives have S² in them, which overflows in long rows of float16
        overflows = e.fmt.name == "float16" and e.function.rowwise and not e.function.labelled
        return int(long == (self.programs == "narrow" and overflows and not law.reshapes))

    def _limit(self, law: Law) -> int:
        if law.hungry:
            return _HUNGRY[self._effort]
        if law.large:
            return _MANY_ELEMENTS["quick" if self._beside else self._effort]
        if law.level == "may":
            return _TOLD[self._effort]
        if self.programs is not None and law.reshapes:
            return _COMPILED_RESHAPES[self._effort]
        limit = self._further(law)["quick" if self.hurried else self._effort]
        least = 1 if self._beside and self.programs is None else 3
        return max(least, limit * _SEVERAL // law.costs) if law.costs > _SEVERAL else limit

    def _further(self, law: Law) -> dict[str, int]:
        if self.programs == "beside" or (law.eager and self._beside):
            return _OF_STATE
        if self._beside or (self._traced and law.eager):
            return _BESIDE
        return _CHOSEN if self.programs is None else _FURTHER


def _chooses(law: Law) -> bool:
    """True of a law that makes further calls, and does not follow from others."""
    return law.costs > 0 and not law.corollary


def _is_asked(law: Law, e: Example) -> bool:
    """True of a derivative where all options meet, which is there for it."""
    return e.family == TOGETHER and "derived" in law.needs and not law.reshapes


def _chance(law: Law, index: int, many: int) -> int:
    """0 for one in so many, spread over the designed examples."""
    return zlib.crc32(f"{law.id}{index}".encode()) % many


def _between_modes(e: Example) -> bool:
    sizes = [r * n for r, n in (palette.BETWEEN_MODES, *palette.FURTHER.values())]
    return e.size in sizes and e.view.axis == -1


def _program(e: Example) -> object:
    """What a call of an example compiles, told from other programs of its function and format."""
    plain = {k: v for k, v in e.options.items() if not isinstance(v, np.ndarray)}
    arrays = {k: v.shape for k, v in e.options.items() if k not in plain}
    labels = e.args["labels"].ndim if "labels" in e.args else 0
    return e.x.shape, e.view.batch, e.view.axis, labels, *sorted(plain.items()), *arrays.items()


def _preferred(law: Law, e: Example) -> bool:
    return law.prefers is not None and law.prefers(e)
