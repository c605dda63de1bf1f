"""Groups broken cases: those with one cause are one entry with all its laws, dtypes and modes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from conformance.records.results import CLEAR, Result
from conformance.reporting.signs import LEVELS


@dataclass(frozen=True, slots=True)
class Entry:
    """Cases that belong together. `shown` is the case whose counterexample is the smallest."""

    shown: Result
    cases: tuple[Result, ...]

    @property
    def same(self) -> tuple[Result, ...]:
        """The cases in which the shown law is broken."""
        return tuple(r for r in self.cases if r.invariant == self.shown.invariant)

    @property
    def excess(self) -> float:
        """The largest error / bound of the shown law."""
        return max(r.excess for r in self.same)

    @property
    def laws(self) -> tuple[str, ...]:
        """The laws that are broken."""
        return named(self.cases, "invariant")

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions that they speak of."""
        return named(self.cases, "function")

    @property
    def implementations(self) -> tuple[str, ...]:
        """The implementations that break them."""
        return named(self.cases, "implementation")


def named(cases: Iterable[Result], axis: str) -> tuple[str, ...]:
    """The values of one field, each once, in the order of the run."""
    return tuple(dict.fromkeys(str(getattr(r, axis)) for r in cases))


def entries(results: Iterable[Result]) -> list[Entry]:
    """One entry per law, and one per thing that is raised: must laws first, the plainest first."""
    return _grouped(results, _law)


def causes(results: Iterable[Result]) -> list[Entry]:
    """One entry per implementation and function or its derivatives, and one per thing raised."""
    return _grouped(results, _cause)


def _grouped(results: Iterable[Result], key: Callable[[Result], tuple[str, ...]]) -> list[Entry]:
    groups: dict[tuple[str, ...], list[Result]] = {}
    for r in results:
        if r.fails:
            groups.setdefault(key(r), []).append(r)
    found = [Entry(min(group, key=plainness), tuple(group)) for group in groups.values()]
    return sorted(found, key=_rank)


def _law(r: Result) -> tuple[str, ...]:
    if r.outcome == "error":
        return "error", r.level, r.message.partition("\n")[0]
    return "fail", r.level, r.invariant


def _cause(r: Result) -> tuple[str, ...]:
    """What is raised is one cause whatever numbers it tells."""
    if r.outcome == "error":
        return "error", r.implementation, re.sub(r"\d+", "0", r.message.partition("\n")[0])
    return "fail", r.implementation, r.function, "gradient" if of_derivative(r) else ""


def of_derivative(r: Result) -> bool:
    """Whether the counterexample is one of a derivative: it has a cotangent or a direction."""
    given = r.counterexample.arguments if r.counterexample is not None else {}
    return "cotangent" in given or "direction" in given


def plainness(r: Result) -> tuple[int, bool, float, bool, int, str]:
    """Must laws first, then what is clear, and small inputs; of those accuracy; short texts."""
    c, accuracy, faint = r.counterexample, r.invariant.endswith("accuracy"), r.excess < CLEAR
    if c is None:
        return LEVELS.index(r.level), faint, math.inf, not accuracy, 0, r.key
    texts = [v for a in c.arguments.values() for v in a.values]
    return LEVELS.index(r.level), faint, len(texts), not accuracy, sum(map(len, texts)), r.key


def _rank(entry: Entry) -> tuple[object, ...]:
    level, _, size, _, *rest = plainness(entry.shown)
    wide = -len({(r.implementation, r.dtype) for r in entry.cases})
    return level, wide, size, *rest


def spread(found: Sequence[Entry], most: int) -> tuple[list[Entry], list[Entry]]:
    """(what is shown, the rest): of every implementation, then of every function, in order."""
    left, chosen = dict(enumerate(found)), dict[int, Entry]()
    while left and len(chosen) < most:
        place = min(left, key=lambda i: (*_crowd(left[i], chosen.values()), i))
        chosen[place] = left.pop(place)
    return [chosen[i] for i in sorted(chosen)], list(left.values())


def _crowd(entry: Entry, chosen: Collection[Entry]) -> tuple[int, int]:
    """How many of the chosen ones are of the same implementations, and of the same function."""
    own = sum(c.implementations == entry.implementations for c in chosen)
    return own, sum(c.functions == entry.functions for c in chosen)
