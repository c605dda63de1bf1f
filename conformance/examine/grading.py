"""The strictest grade that each law of a subject would keep, from the examples worst for it."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.examine.tally import Tally, breaks
from conformance.examine.watch import JUDGING, Watch
from conformance.model import GRADES, Example, Grade
from conformance.spec.context import Examination

#: Elements of an example that is called again only if it is the worst of all.
_LARGE = 20_000


def graded(f: Examination, tallies: Sequence[Tally], watch: Watch) -> dict[str, str]:
    """Law -> the strictest grade that its worst examples keep; laws that keep none are absent.

    Each example is called once per grade for all the laws that it is worst for.
    """
    found: dict[str, str] = {}
    below = GRADES[: GRADES.index(f.grade) + 1]  # what fails here fails there
    for grade in GRADES:
        waiting = {k: t for k, t in enumerate(tallies) if _waits(t, found, watch)}
        if grade in below:
            waiting = {k: tally for k, tally in waiting.items() if not tally.failures}
        same = grade == f.grade
        kept = {k for k, tally in waiting.items() if same or not tally.ratio}  # 0 in any grade
        rest = {k: tally for k, tally in waiting.items() if k not in kept}
        kept |= _keeping(f, grade, rest, watch)
        found |= {waiting[k].law.id: grade for k in kept}
    return found


def _waits(tally: Tally, found: dict[str, str], watch: Watch) -> bool:
    measured = bool(tally.worst) and tally.law.level != "may"
    return measured and tally.law.id not in found and tally.law.id not in watch.as_seen


def _keeping(f: Examination, grade: Grade, tallies: dict[int, Tally], watch: Watch) -> set[int]:
    """The indices of the laws that hold under a grade in all their worst examples."""
    g = Examination(f.implementation, f.subject, grade)
    g.kernel = f.kernel  # which knows its limits
    kept = set(tallies)
    for e, places in _by_example(tallies):
        g.begin()
        for place in places:
            watch.at(JUDGING, place)
            if place in kept and breaks(tallies[place].law, g, e, anew=False) is not None:
                kept.remove(place)
    return kept


def _by_example(tallies: dict[int, Tally]) -> list[tuple[Example, list[int]]]:
    found: dict[int, tuple[Example, list[int]]] = {}
    for place, tally in tallies.items():
        for seen in tally.worst[:1] + [s for s in tally.worst[1:] if s.example.size <= _LARGE]:
            found.setdefault(id(seen.example), (seen.example, []))[1].append(place)
    return list(found.values())
