"""Broken cases -> entries: what has one cause is one entry with all its dtypes and modes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.results import Result

_BROKEN = ("fail", "error")
_LEVELS = {"must": 0, "should": 1, "may": 2}


@dataclass(frozen=True, slots=True)
class Entry:
    """Cases of one cause: one law of one function broken, or one thing raised.

    `shown` is the case whose counterexample is the smallest.
    """

    shown: Result
    cases: tuple[Result, ...]

    @property
    def excess(self) -> float:
        """The largest error / bound."""
        return max(r.excess for r in self.cases)

    @property
    def laws(self) -> tuple[str, ...]:
        """The laws that are broken; several only where all of them raise the same."""
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
    """All entries: must laws before should laws; of each function the plainest first."""
    groups: dict[tuple[str, ...], list[Result]] = {}
    for r in results:
        if r.outcome in _BROKEN:
            groups.setdefault(_cause(r), []).append(r)
    found = [Entry(min(group, key=_plainness), tuple(group)) for group in groups.values()]
    return sorted(found, key=_rank)


def _cause(r: Result) -> tuple[str, ...]:
    if r.outcome == "error":
        return "error", r.level, r.message.partition("\n")[0]
    return "fail", r.level, r.invariant


def _plainness(r: Result) -> tuple[float, int, str]:
    """Small inputs first, of those the ones whose text is short."""
    c = r.counterexample
    if c is None:
        return math.inf, 0, r.key
    texts = [v for a in c.arguments.values() for v in a.values]
    return len(texts), sum(map(len, texts)), r.key


def _rank(entry: Entry) -> tuple[object, ...]:
    size, length, key = _plainness(entry.shown)
    wide = -len({(r.implementation, r.dtype) for r in entry.cases})
    return _LEVELS[entry.shown.level], wide, size, length, key


def spread(found: Sequence[Entry], most: int) -> tuple[list[Entry], list[Entry]]:
    """(what is shown whole, the rest): first one entry of each function and implementation."""
    first: list[Entry] = []
    seen: set[tuple[str, str]] = set()
    for entry in found:
        places = {(r.implementation, r.function) for r in entry.cases}
        if not places <= seen:
            seen |= places
            first.append(entry)
    chosen = sorted(first, key=_rank)[:most] if len(found) > most else list(found)
    ids = {id(entry) for entry in chosen}
    return chosen, [entry for entry in found if id(entry) not in ids]
