"""The draws of a subject: one Hypothesis run over sizes, views, families, options and numbers.

A draw is small; large arrays are filled from it in one go. Two properties of Hypothesis shape the
strategies. It also takes integers from 100 on from the modules of the project at hand, so every
choice is among fewer, and the same seed gives the same examples everywhere. And it varies an
example by copying one choice over another of the same strategy, which would make half of the draws
nearly equal, so every part of a draw has a strategy of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from conformance.inputs.draws import CHOICES, Draw, Shapes

#: Draws beside the designed examples.
DRAWN = {"quick": 10, "default": 32, "thorough": 200}
_ELEMENTS = 12
_LARGEST = 700

_high = st.sampled_from(range(0, 99 * 98, 99))
_low = st.sampled_from(range(99))
_view = st.sampled_from(range(70))
_options = st.sampled_from(range(60))
_octave = st.sampled_from(range(10))
_part = st.sampled_from(range(64))
_rows = st.sampled_from(range(1, 25))
_few_rows = st.sampled_from((1, 2, 3, 4))
_places = st.tuples(*(st.sampled_from(range(CHOICES + k)) for k in range(_ELEMENTS)))
_count = st.sampled_from(range(1, _ELEMENTS + 1))
#: How many of the numbers a small array has: few of them make ties.
_alphabet = st.sampled_from((CHOICES, 9, 4))


def register() -> None:
    """The profiles conformance-quick, -default and -thorough: no clock, no files, no shrinking.

    Counterexamples are minimised law by law, so Hypothesis only generates.
    """
    for effort, count in DRAWN.items():
        settings.register_profile(
            f"conformance-{effort}", max_examples=count, database=None, deadline=None,
            derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip


@lru_cache(maxsize=16)
def drawn(shapes: Shapes, effort: str, key: int, count: int | None = None) -> tuple[Draw, ...]:
    """Draws: the same key gives the same ones. `count` overrides the effort's.

    Functions and formats share them (`turned`), for the drawing takes longer than the filling.
    """
    found: list[Draw] = []
    if count == 0:
        return ()

    @given(_draws(shapes))
    def draw(one: Draw) -> None:
        found.append(one)

    profile = settings.get_profile(f"conformance-{effort}")
    seed(key)(settings(profile, max_examples=count or profile.max_examples)(draw))()
    return tuple(found)


def turned(draws: Sequence[Draw], key: int) -> Iterator[Draw]:
    """The draws of a subject: with other families, views, options and numbers for another key."""
    for draw in draws:
        yield replace(
            draw, turn=draw.turn + key % 997, view=draw.view + key % 89,
            options=draw.options + key % 83, places=tuple(_moved(p, key) for p in draw.places),
        )  # fmt: skip


def _moved(place: int, key: int) -> int:
    """Another place, simple ones staying simple: those of the first nine by turns."""
    return (place + key) % 9 if place < 9 else place


def asked() -> int | None:
    """How many draws the Hypothesis profile that is loaded asks for; None if it is Hypothesis's."""
    loaded = settings.default
    if loaded is None:
        return None
    if Phase.generate not in loaded.phases:
        return 0
    usual = settings.get_profile("default").max_examples
    return None if loaded.max_examples == usual else loaded.max_examples


def _draws(shapes: Shapes) -> st.SearchStrategy[Draw]:
    if shapes.few:
        return st.builds(_filled, st.sampled_from(shapes.few), _high, _low, _view, _options)
    sizes = st.builds(_shape, _octave, _part, _rows) if shapes.rowwise else _lengths()
    filled = st.builds(_filled, sizes, _high, _low, _view, _options)
    rows = _few_rows if shapes.rowwise else st.just(1)
    small = st.builds(_small, _places, _count, _alphabet, rows, _low, _view, _options)
    return st.one_of(small, filled, filled)


def _filled(shape: tuple[int, int], high: int, low: int, view: int, options: int) -> Draw:
    return Draw(*shape, high + low, view, options)


def _shape(octave: int, part: int, rows: int) -> tuple[int, int]:
    """Rows and classes: sizes equally likely on the logarithmic scale, few rows of large ones."""
    size = min(int(2 ** (octave + part / 64)), _LARGEST)
    return min(rows, 2400 // size), size


def _lengths() -> st.SearchStrategy[tuple[int, int]]:
    return st.builds(_shape, _octave, _part, st.just(1))


def _small(
    places: Sequence[int], count: int, alphabet: int, rows: int, turn: int, view: int, options: int
) -> Draw:
    """An array of a few elements, each of them drawn; what fills no row is cut off."""
    rows = min(rows, count)
    size = count // rows
    taken = tuple(place % alphabet for place in places[: rows * size])
    return Draw(rows, size, turn, view, options, taken)


register()
