"""What is drawn; `drawing.py` draws it."""

from __future__ import annotations

from dataclasses import dataclass

#: Choices of one draw, and how many numbers `places` chooses from.
CHOICES = 80


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


@dataclass(frozen=True, slots=True)
class Shapes:
    """What shapes are drawn: any, or (rows, size) of a few where each is compiled."""

    rowwise: bool
    few: tuple[tuple[int, int], ...] = ()
