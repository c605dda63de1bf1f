"""The shapes that a person names, and arrays of as many axes as are built in.

A shape of `--as`, of SHAPES or of a benchmark's inputs is the one that counts for whoever names it:
what is wrong there alone is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

from conformance.kernels.plain_calls import LARGEST, filled
from conformance.model import Function, View

FAMILY = "a shape that is named"
#: Numbers of rows that are all others, and of a shape that is too large for many calls.
DISTINCT, _CUT = 2**18, 2**20
#: The batch where several axes are built in, and its classes.
_BATCH, _CLASSES = (2, 3, 5), (7, 33)


def shapes(function: Function, built_in: Mapping[str, Any]) -> Iterator[tuple[View, int]]:
    """Views with the number of classes, which is 1 for elementwise functions."""
    axis = int(built_in.get("axis", -1))
    for shape in filled(built_in.get("shape", ())):
        rank, n = len(shape), 1
        if function.rowwise:
            if not -rank <= axis < rank or shape[axis] > LARGEST:
                continue
            n, at = shape[axis], axis % rank
            shape = (*shape[:at], *shape[at + 1 :])
        yield View(cut(shape, n, LARGEST if prod(shape) * n <= LARGEST else _CUT), axis), n
    if function.rowwise and (axes := _axes(built_in)) > 1:
        yield from ((View((*_BATCH, *[1] * axes)[:axes], axis), n) for n in _CLASSES)


def _axes(built_in: Mapping[str, Any]) -> int:
    """Axes of the batch that are built in; 0 or 1 if their number is open."""
    axis = int(built_in.get("axis", -1))
    return max(int(built_in.get("ndim", 0)), axis + 1, -axis) - 1


def cut(batch: tuple[int, ...], n: int, most: int) -> tuple[int, ...]:
    """The batch, or less of it along its longest axes for so many numbers at most, in two rows."""
    while prod(batch) > 2 and prod(batch) * n > most:
        longest = max(range(len(batch)), key=batch.__getitem__)
        batch = (*batch[:longest], -(-batch[longest] // 2), *batch[longest + 1 :])
    return batch
