"""Masked rows: which classes of a row take part, and labels that go with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.floats import Array, Format
from conformance.inputs.families import Rng
from conformance.kernels.layouts import CHANNELS_LAST
from conformance.model import Example, View
from conformance.numerics.effective import is_endless

#: Rows and classes: fewer and more than a block, as many rows as classes, both sides of one, and
#: several blocks, with a tail that is no whole vector, or word, of any size.
SHAPES = ((24, 5), (13, 13), (12, 33), (24, 64), (12, 130), (6, 257), (24, 5), (3, 2093), (1, 9))
#: Classes that kernels have a form of their own for.
TWO = (12, 2)
#: How some are given: attention, images with their channels last in memory, Fortran order; the
#: transpose of a mask beside plain logits, as a matrix and for each of several sequences.
VIEWS = {
    (24, 5): View((4, 2, 3)),
    (13, 13): View((13,), -1, "F", "where"),
    (12, 130): View((4, 3), -1, CHANNELS_LAST, "where"),
    (12, 33): View((2, 2, 3)),
    (24, 64): View((3, 4, 2), 1, CHANNELS_LAST),
    (6, 257): View((2, 3), -1, "F"),
}
#: The place of a shape that was there before: its masks are those of then, turned round, which
#: have as many classes in each row.
TURNED = 6
#: Rows of more classes are long.
_LONG = 10_000
#: Logits below it may be lower than a number that stands in place of −∞.
_LOWEST = -1e4


def _random(density: float) -> Callable[[Rng, int], Array]:
    return lambda rng, n: rng.random(n) < density


def _blocks(size: int) -> Callable[[Rng, int], Array]:
    """Blocks that take part and are left out by turns, beginning with either."""
    return lambda rng, n: (np.arange(n) // size + rng.integers(2)) % 2 == 0


_KINDS: tuple[Callable[[Rng, int], Array], ...] = (
    _random(0.5),
    lambda rng, n: np.arange(n) < rng.integers(1, n + 1),  # padding behind
    _random(0.9),
    lambda rng, n: np.arange(n) == rng.integers(n),  # one class is left
    lambda rng, n: np.arange(n) >= rng.integers(n),  # padding in front
    _random(0.1),
    lambda rng, n: np.arange(n) > 0,
    _blocks(16),
    lambda rng, n: np.ones(n, bool),
    lambda rng, n: np.arange(n) < n - 1,
    _blocks(64),
    lambda rng, n: np.arange(n) % 2 == rng.integers(2),
)


def drawn(rng: Rng, rows: int, n: int, start: int) -> Array:
    """Masks (R, n) of successive kinds, each with a class that takes part.

    Of every second long row the first half takes no part: whole blocks, of any size. A square has
    the first row and the last of a causal mask, and others between.
    """
    found = np.stack([_KINDS[(start + row) % len(_KINDS)](rng, n) for row in range(rows)])
    found[1::2, : n // 2 if n > _LONG else 0] = False
    if rows == n > 1:
        found[0], found[-1] = np.arange(n) < 1, True
    found[np.arange(rows), rng.integers(0, n, rows)] |= ~found.any(axis=-1)
    return found


def masked(e: Example, rng: Rng, turn: int, mask: Array | None = None) -> Example:
    """The example with a mask for each row, and labels and cotangents that keep to it.

    By turns the largest logit of every second row is left out, too, unless the mask is given. Rows
    that would lie below a number in place of −∞ change sign: a law of its own has such rows.
    """
    if mask is None:
        mask = drawn(rng, len(e.x), e.x.shape[-1], turn)
        rows = np.flatnonzero((np.arange(len(mask)) % 2 == turn % 2) & (mask.sum(axis=-1) > 1))
        largest = np.argmax(np.where(mask, e.x.astype(np.float64), -np.inf)[rows], axis=-1)
        mask[rows, largest] = False
    args: dict[str, Any] = dict(e.args)
    top = np.where(mask, e.x.astype(np.float64), -np.inf).max(axis=-1, initial=-np.inf)
    low = np.isfinite(top) & (top < _LOWEST) & (not e.function.probabilities)
    args[e.function.first] = np.where(low[:, None] & np.isfinite(e.x), -e.x, e.x)
    if "labels" in args:
        args["labels"] = _kept(rng, e, mask)
    if is_endless(e.function):  # what a cotangent of −∞ does is a convention
        args["cotangent"] = np.where(mask, args["cotangent"], args["cotangent"].dtype.type(0))
    return e.but(options={**e.options, "where": mask}, **args)


def _kept(rng: Rng, e: Example, mask: Array) -> Array:
    """Labels at classes that take part: a masked one's share is another's."""
    place = np.argmax(mask * rng.random(mask.shape), axis=-1)
    if e.labels.ndim == 1:
        classes = (e.labels >= 0) & (e.labels < mask.shape[-1])
        masked_out = classes & ~mask[np.arange(len(mask)), np.where(classes, e.labels, 0)]
        masked_out &= e.labels != e.options.get("ignore_index")
        return np.where(masked_out, place, e.labels).astype(e.labels.dtype)
    q = e.labels.astype(np.float64) * mask
    before, left = (np.asarray(a, np.float64).sum(axis=-1) for a in (e.labels, q))
    q[(left == 0) & (before > 0), place[(left == 0) & (before > 0)]] = 1
    total = q.sum(axis=-1)
    scale = np.where(total > 0, before / np.where(total > 0, total, 1), 0)
    return (q * scale[:, None]).astype(e.labels.dtype)


def finite(fmt: Format) -> tuple[float, ...]:
    """Numbers to stand where masked: larger than any other, and the ends of the format."""
    return 1e4, fmt.largest, -fmt.largest, 200.0, 1.0


#: Largest logits of a row: below −1e4, −5e4, −65504, −1e9, −1e30; and −Ω itself.
LOW = (-1.25e4, -6e4, -1e5, -2e9, -1e31, -np.inf)


def lowered(e: Example, kept: Array) -> Array:
    """The logits that take part moved below numbers that are written in place of −∞."""
    x, most = e.x.astype(np.float64), e.fmt.largest
    level = np.array([LOW[i % len(LOW)] for i in range(len(x))])[:, None]
    with np.errstate(invalid="ignore"):
        top = np.where(kept, x, -np.inf).max(axis=-1, keepdims=True)
        moved = np.clip(x - top + level, -most, most)
    return np.where(kept, moved.astype(e.x.dtype), e.x)
