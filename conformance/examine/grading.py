"""The strictest grade that the laws of a subject would keep, from the example worst for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.examine.tally import Tally, breaks
from conformance.examine.watch import JUDGING, Watch
from conformance.model import GRADES, Example, Grade
from conformance.spec.context import Examination


def graded(f: Examination, tallies: Iterable[Tally], watch: Watch) -> dict[str, str]:
    """Law -> the strictest grade that it keeps; laws that keep none are absent.

    Of laws that hold it is the strictest grade that all the must laws among them keep.
    """
    waiting = {
        place: tally for place, tally in enumerate(tallies)
        if tally.worst and tally.law.level != "may" and tally.law.id not in watch.as_seen
    }  # fmt: skip
    own = GRADES.index(f.grade)
    holding = {place: tally for place, tally in waiting.items() if not tally.failures}
    must = {k: tally for k, tally in holding.items() if tally.law.level == "must" and tally.ratio}
    kept = next((g for g in GRADES[:own] if not any(_broken(f, g, must, watch))), f.grade)
    found: dict[str, str] = {tally.law.id: kept for tally in holding.values()}
    failing = {place: tally for place, tally in waiting.items() if tally.failures}
    for grade in GRADES[own + 1 :]:
        for place in failing.keys() - set(_broken(f, grade, failing, watch)):
            found[failing.pop(place).law.id] = grade
    return found


def _broken(f: Examination, grade: Grade, tallies: dict[int, Tally], watch: Watch) -> Iterator[int]:
    """The places of laws that are broken under a grade, in the order of what they use of bounds.

    Each example is called once for all the laws that it is worst for.
    """
    g = Examination(f.implementation, f.subject, grade)
    g.kernel = f.kernel  # which knows its limits
    for e, places in _by_example(tallies):
        g.begin()
        for place in places:
            watch.at(JUDGING, place)
            if breaks(tallies[place].law, g, e, anew=False) is not None:
                yield place


def _by_example(tallies: dict[int, Tally]) -> list[tuple[Example, list[int]]]:
    found: dict[int, tuple[Example, list[int]]] = {}
    for place, tally in sorted(tallies.items(), key=lambda item: -item[1].ratio):
        e = tally.worst[0].example
        found.setdefault(id(e), (e, []))[1].append(place)
    return list(found.values())
