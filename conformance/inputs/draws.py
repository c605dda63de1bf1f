"""What is drawn at random beside the designed examples: sizes, views, families, options, numbers.

A draw is small; large arrays are filled from it in one go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.inputs.families import Rng

#: Draws beside the designed examples.
DRAWN = {"quick": 10, "default": 32, "thorough": 200}
#: How many numbers `places` chooses from.
CHOICES = 80
#: How many of them a small array has: few make ties.
_ALPHABETS = (CHOICES, 9, 4)
_MOST_PLACES = 12
_LARGEST = 700
#: Elements of a filled array.
_ELEMENTS = 2400


@dataclass(frozen=True, slots=True)
class Draw:
    """One drawn example.

    `rows` is 1 for elementwise functions. `places` are the numbers of a small array, as places in
    a pool; it is empty for an array that is filled. `turn` chooses families and labels, `view`
    layout, class axis and batch shape, `options` a combination of options.
    """

    rows: int
    size: int
    turn: int
    view: int
    options: int
    places: tuple[int, ...] = ()


def draws(
    rng: Rng, count: int, rowwise: bool, shapes: Sequence[tuple[int, int]] = ()
) -> Iterator[Draw]:
    """Draws of any shape, a third of them small; or of these shapes, rows by size."""
    for _ in range(count):
        turn, view, options, kind = (int(k) for k in rng.integers((9702, 70, 60, 3)))
        if shapes:
            rows, size = shapes[int(rng.integers(len(shapes)))]
        elif kind:
            size = min(int(2 ** rng.uniform(0, 10)), _LARGEST)
            rows = min(int(rng.integers(1, 25)), _ELEMENTS // size) if rowwise else 1
        else:
            yield _small(rng, turn, view, options, int(rng.integers(1, 5)) if rowwise else 1)
            continue
        yield Draw(rows, size, turn, view, options)


def _small(rng: Rng, turn: int, view: int, options: int, rows: int) -> Draw:
    """An array of a few elements, each of them drawn."""
    count = int(rng.integers(1, _MOST_PLACES + 1))
    rows = min(rows, count)
    size = count // rows
    places = rng.integers(rng.choice(_ALPHABETS), size=rows * size)
    return Draw(rows, size, turn, view, options, tuple(places.tolist()))
