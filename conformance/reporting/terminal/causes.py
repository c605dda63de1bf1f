"""Groups broken cases: those with one cause are one entry with all its laws, dtypes and modes.

A cause is a quantity that is wrong at an input: laws that break where it is wrong, at an input of
that kind, follow from it. A law that breaks where all numbers are right has a cause of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from conformance.records.grouping import grouped
from conformance.records.results import CLEAR, Counterexample, Given, Result
from conformance.reporting.signs import LEVELS, decimal, listed

#: Laws of exact values at sizes of their own, and the quantity: one that is wrong there, too.
_SIZED = {
    "high-labels-are-whole": "value", "reduces-large-batches": "value",
    "gradient-in-large-batches": "vjp",
}  # fmt: skip
#: Laws of which one thing that is raised comes before numbers that are wrong.
_MANY = 10
#: Numbers of an input from which on it is a long one.
LONG = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """Cases that belong together. `shown` is the case that shows the cause most plainly.

    `held` are those in which the shown law holds.
    """

    shown: Result
    cases: tuple[Result, ...]
    held: tuple[Result, ...] = ()

    @property
    def same(self) -> tuple[Result, ...]:
        """The cases in which the shown law is broken."""
        return tuple(r for r in self.cases if r.invariant == self.shown.invariant)

    @property
    def apart(self) -> str:
        """Where it is wrong and where right: in which formats and modes, for what likes of it."""
        said, c = [], self.shown.counterexample
        if c is None:
            return ""
        for axis in ("dtype", "mode"):
            broken, held = named(self.cases, axis), named(self.held, axis)
            if right := [name for name in held if name not in broken and name in c.right_in]:
                said.append(f"wrong in {listed(broken)}, right in {listed(right)}")
        return "; ".join([*said, *c.contrasts])

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
    return _entries(results, lambda broken: [*grouped((_law(r), r) for r in broken).values()])


def causes(results: Iterable[Result]) -> list[Entry]:
    """One entry per cause, and one per thing that is raised."""
    return _entries(results, _caused)


def _entries(
    results: Iterable[Result], divided: Callable[[Iterable[Result]], list[list[Result]]]
) -> list[Entry]:
    results = list(results)
    order = {id(r): k for k, r in enumerate(results)}
    holding = [r for r in results if r.holds]
    found = []
    for group in divided(r for r in results if r.fails):
        top = min(group, key=plainness)
        of = (top.implementation, top.invariant)
        held = tuple(r for r in holding if (r.implementation, r.invariant) == of)
        cases = tuple(sorted(group, key=lambda r: order[id(r)]))
        found.append(Entry(top, cases, held))
    return sorted(found, key=_rank)


def _caused(broken: Iterable[Result]) -> list[list[Result]]:
    groups: list[list[Result]] = []
    for r in sorted(broken, key=plainness):
        for group in groups:
            if _follows(r, group):
                group.append(r)
                break
        else:
            groups.append([r])
    return groups


def _follows(r: Result, group: Sequence[Result]) -> bool:
    """Whether a case has the cause of others, of which the first shows it most plainly."""
    top = group[0]
    if r.outcome == "error" or top.outcome == "error":
        return r.outcome == top.outcome and _raised(r) == _raised(top)
    if (r.implementation, r.function) != (top.implementation, top.function):
        return False
    c, of = r.counterexample, top.counterexample
    if c is None or of is None:
        return True
    if _sized(r, group) and _traits(of) - {"long"} <= _traits(c):
        return True
    other = c.wrong and not of.wrong  # a quantity, beside one of a law's own such as ∂/∂w
    alike = c.wrong == of.wrong != ""
    if (traits := _traits(of)) <= _traits(c) and (alike or (traits - {"long"} and not other)):
        return True
    same = r.invariant == top.invariant and c.wrong == of.wrong
    return same or any(k.counterexample is not None and k.counterexample.id == c.id for k in group)


def _sized(r: Result, group: Sequence[Result]) -> bool:
    """Whether a law of a size of its own has its quantity wrong in a group whatever the size."""
    quantity, top = _SIZED.get(r.invariant.partition("/")[2]), group[0]
    wrong = top.counterexample.wrong if top.counterexample is not None else ""
    own = top.invariant.endswith("accuracy") and r.dtype in named(group, "dtype")
    return own and quantity == wrong


def _traits(c: Counterexample) -> set[str]:
    """What is unusual about an input, or about the call that a law made of it."""
    return _unusual(c) | (_unusual(c.given) if c.given is not None else set())


def _unusual(of: Counterexample | Given) -> set[str]:
    batch = of.view.get("batch")
    flat = isinstance(batch, list) and len(batch) == 1 and of.view.get("axis") in (-1, 1, None)
    traits = {
        "layout": of.view.get("layout", "C") != "C",
        "axes": not flat,
        "long": any(len(a.values) > LONG for a in of.arguments.values()),
    }
    options = {f"option {name}" for name in of.options if name != "reduction"}
    return options | {name for name, there in traits.items() if there}


def _law(r: Result) -> tuple[str, ...]:
    if r.outcome == "error":
        return "error", r.level, r.message.partition("\n")[0]
    return "fail", r.level, r.invariant


def _raised(r: Result) -> tuple[str, str]:
    """What is raised is one cause whatever numbers it tells, a crash wherever it is met."""
    said = r.message.partition("\n")[0]
    died = re.search(r"the process died: [^,]+", said)
    return r.implementation, re.sub(r"\d+", "0", died[0] if died else said)


def of_derivative(r: Result) -> bool:
    """Whether the counterexample is one of a derivative: it has a cotangent or a direction."""
    return r.counterexample is not None and _quantity(r.counterexample) != "value"


def _quantity(c: Counterexample) -> str:
    """The quantity that a counterexample is of, by its arguments."""
    names = {"direction": "hvp", "cotangent": "vjp"}
    return next((of for name, of in names.items() if name in c.arguments), "value")


def plainness(r: Result) -> tuple[int, int, int, bool, float, int, str]:
    """Must laws first, those about the exact value of what is wrong, plain inputs, clear, small."""
    c, level, faint = r.counterexample, LEVELS.index(r.level), r.excess < CLEAR
    if c is None:
        return level, 2, 0, faint, math.inf, 0, r.key
    certified = c.over is not None and c.exact and not c.expected and c.wrong in ("", _quantity(c))
    whole = r.invariant.endswith("accuracy")  # other laws of exact values are of a part
    texts = [a.values for a in c.arguments.values()]
    size = sum(map(len, texts))
    digits = sum(len(decimal(text)) for text in islice(chain(*texts), LONG))
    shown = 2 - bool(certified) - bool(certified and whole)
    return level, shown, len(_traits(c)), faint, size, digits, r.key


def _rank(entry: Entry) -> tuple[object, ...]:
    """Must laws first, what breaks in most formats, what most calls raise, a value first."""
    level, *rest = plainness(entry.shown)
    raised = len(entry.laws) if entry.shown.outcome == "error" else 0
    wide = -len({(r.implementation, r.dtype) for r in entry.cases})
    return level, wide, -raised if raised >= _MANY else 0, of_derivative(entry.shown), *rest


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
