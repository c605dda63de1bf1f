"""Which examples a law that makes further calls looks at: a few, chosen in advance.

Each adds most to those chosen before it: sizes, views, options and kinds of values that the law
has not seen. Among equally good examples each law gets another one.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from conformance.examine.novelty import Trait, traits
from conformance.floats import Array
from conformance.model import Example
from conformance.spec.law import Law

#: The largest example that such a law gets, and the size from which on one is dear.
_LARGE = 20_000
_DEAR = 4_000
#: How many of them are plain: what is only odd shows little of what is usual.
_PLAIN = 2
#: Looks that may follow when everything has been seen.
_BY_CHANCE = 2
#: What decides among equally good examples.
_LUCK = np.arange(1009) / 1_009_000


@dataclass(slots=True)
class _Chosen:
    """The examples of one law, and how many replacements it may have for uninformative ones.

    `wanted`: how often each trait is still to be seen.
    """

    due: set[int]
    kept: set[int]
    others: int
    open: Array
    wanted: Array


class Choice:
    """The examples of each law of a subject. `limit` says how many a law may have.

    `share`: where another subject has every other one of them, which ones are left, 0 or 1.
    """

    def __init__(
        self, examples: Sequence[Example], limit: Callable[[Law], int], share: int | None = None
    ) -> None:
        self._examples = examples
        self._limit = limit
        self._share = share
        self._traits = found = [traits(e) for e in examples]
        often = {trait: count for each in found for trait, count in each.items()}
        place = {trait: k for k, trait in enumerate(often)}
        self._often = np.array([*often.values()])
        self._has = np.zeros((len(examples), len(often)))  # BLAS multiplies no integers
        for index, each in enumerate(found):
            self._has[index, [place[trait] for trait in each]] = 1
        self._sizes = np.array([e.size for e in examples])
        self._dearth = 1 / (1 + self._sizes / _DEAR)
        self._plain = np.array([_is_plain(e) for e in examples], bool)
        self._places = np.arange(len(examples)) * 7919 % len(_LUCK)
        self._open: dict[Hashable, list[int]] = {}
        self._exercising: dict[Hashable, Array] = {}
        self._chosen: dict[str, _Chosen] = {}
        #: The laws that have chosen the example of a number.
        self._at: dict[int, set[str]] = defaultdict(set)

    def has(self, e: Example, index: int) -> bool:
        """True if the example of that number has not become another."""
        return self._examples[index] is e

    def traits(self, e: Example, index: int) -> dict[Trait, int]:
        """Those of the example of that number, which may have become another."""
        return self._traits[index] if self.has(e, index) else traits(e)

    def exercising(self, law: Law) -> Array:
        """True for the examples that exercise a law; many laws are for the same ones."""
        kind = law.empties, law.masked, law.vast, law.built_in
        if kind not in self._open:
            self._open[kind] = [k for k, e in enumerate(self._examples) if law.is_open_to(e)]
        if (*kind, law.when) not in self._exercising:
            found = self._exercising[*kind, law.when] = np.zeros(len(self._examples), bool)
            found[[k for k in self._open[kind] if law.is_for(self._examples[k])]] = True
        return self._exercising[*kind, law.when]

    def choose(self, laws: Iterable[Law]) -> None:
        """Let those of these laws choose that have not."""
        for law in laws:
            if law.id not in self._chosen:
                self._choose(law)

    def at(self, index: int) -> set[str]:
        """Which laws, by id, have chosen the example of that number."""
        return self._at[index]

    def due(self, law: Law, index: int) -> bool:
        """True if the law is to look at the example of that number."""
        self.choose([law])
        return law.id in self._at[index]

    def another(self, law: Law, index: int) -> None:
        """Let a law that an example told nothing have a later one, so many times as its limit."""
        chosen = self._chosen[law.id]
        chosen.kept.discard(index)
        if chosen.others:
            chosen.others -= 1
            seen = self._has[sorted(chosen.kept)].sum(axis=0)
            chosen.wanted = np.maximum(self._often - seen, 0)
            later = chosen.open.copy()
            later[: index + 1] = False
            self._add(law, chosen, later, 1, all_of_them=True)

    def _choose(self, law: Law) -> None:
        limit, there = self._limit(law), self.exercising(law) & (self._sizes <= _LARGE)
        chosen = self._chosen[law.id] = _Chosen(set(), set(), limit, there.copy(), self._often)
        first = min(limit, _PLAIN)
        self._add(law, chosen, there & self._plain, first, all_of_them=True)
        self._add(law, chosen, there, limit - first)
        if law.prefers is not None:
            for index in np.flatnonzero(there).tolist():
                there[index] = law.prefers(self._examples[index])
            self._add(law, chosen, there, -(-limit // 2), all_of_them=True)
        chosen.due = set(chosen.kept)  # what another subject has may take a place here later

    def _add(
        self, law: Law, chosen: _Chosen, there: Array, limit: int, *, all_of_them: bool = False
    ) -> None:
        """Take up to `limit` examples; of those that add nothing, only a few, or all."""
        spare, taken = limit if all_of_them else _BY_CHANCE, []
        luck = np.where(there, self._luck(law), -np.inf)
        luck[list(chosen.due)] = -np.inf
        for _ in range(min(limit, int(np.count_nonzero(luck >= 0)))):
            gain = self._has @ np.minimum(chosen.wanted, 1)
            best = int(np.argmax(gain * self._dearth + luck))
            spare -= gain[best] == 0
            if spare < 0:
                break
            luck[best] = -np.inf
            taken.append(best)
            chosen.wanted = np.maximum(chosen.wanted - self._has[best], 0)
        chosen.due.update(taken)
        shared = self._share is not None and len(taken) > 1 and not law.options
        own = taken[self._share :: 2] if shared else taken
        chosen.kept.update(own)
        for index in own:
            self._at[index].add(law.id)

    def _luck(self, law: Law) -> Array:
        """Of each example a number below 1/1000, in a different order for each law."""
        key = zlib.crc32(law.id.encode()) % len(_LUCK)
        return _LUCK[(self._places + key) % len(_LUCK)]


def _is_plain(e: Example) -> bool:
    """True for what users usually have: a C-contiguous matrix along the last axis, index labels."""
    view, rows = e.view, len(e.x) > 2 and (not e.function.rowwise or e.x.shape[-1] > 2)
    plain = rows and len(view.batch) == 1 and view.layout == "C" and view.axis in (-1, 1)
    indexed = not (e.function.labelled and e.function.rowwise) or e.labels.dtype.kind in "iu"
    return plain and indexed and not e.not_finite
