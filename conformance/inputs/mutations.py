"""Steps from an input to its neighbours: in ulp, exponents, shifts, ties; one logit at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from conformance.floats import Array, Format, from_ordered, ordered
from conformance.inputs.families import Rng

Move = Callable[[Rng, Array, Array, Format], Array]


def _steps(rng: Rng, count: int, fmt: Format) -> Array:
    """Signed numbers of ulp: as many below 2, 4, 8, ... as below the next power."""
    sizes = np.exp2(rng.uniform(0, fmt.precision + 3, count)).astype(np.int64)
    return np.asarray(sizes * rng.choice([-1, 1], count))


def _along(values: Array, steps: Array, fmt: Format) -> Array:
    """Finite numbers so many ulp further."""
    largest = int(ordered(np.array([fmt.largest]).astype(fmt.dtype))[0])
    keys = np.clip(ordered(values).astype(np.int64) + steps, -largest, largest)
    return from_ordered(keys.astype(fmt.integer), fmt.dtype)


def _by_ulp(rng: Rng, x: Array, place: Array, fmt: Format) -> Array:
    rows = np.arange(len(x))
    x[rows, place] = _along(x[rows, place], _steps(rng, len(x), fmt), fmt)
    return x


def _by_power_of_two(rng: Rng, x: Array, place: Array, fmt: Format) -> Array:
    rows = np.arange(len(x))
    x[rows, place] = x[rows, place] * rng.choice([0.5, 2.0, -1.0], len(x)).astype(fmt.dtype)
    return x


def _shifted(rng: Rng, x: Array, place: Array, fmt: Format) -> Array:
    shift = rng.choice([-1.0, 1.0], len(x)) * np.exp2(rng.uniform(-fmt.precision, 7, len(x)))
    return (x.astype(np.float64) + shift[:, None]).astype(fmt.dtype)


def _scaled(rng: Rng, x: Array, place: Array, fmt: Format) -> Array:
    factor = 1 + rng.choice([-1.0, 1.0], len(x)) * np.exp2(rng.uniform(-fmt.precision, -1, len(x)))
    return (x.astype(np.float64) * factor[:, None]).astype(fmt.dtype)


def _near_a_tie(rng: Rng, x: Array, place: Array, fmt: Format) -> Array:
    rows = np.arange(len(x))
    of = rng.integers(0, x.shape[1], len(x))
    x[rows, place] = _along(x[rows, of], rng.integers(-4, 5, len(x)), fmt)
    return x


def _exchanged(rng: Rng, x: Array, place: Array, fmt: Format) -> Array:
    rows = np.arange(len(x))
    with_ = rng.integers(0, x.shape[1], len(x))
    x[rows, place], x[rows, with_] = x[rows, with_].copy(), x[rows, place].copy()
    return x


_MOVES: tuple[Move, ...] = (
    _by_ulp, _by_ulp, _by_ulp, _by_power_of_two, _shifted, _scaled, _near_a_tie, _exchanged
)  # fmt: skip


def moved(rng: Rng, x: Array, fmt: Format, *, probs: bool = False) -> Array:
    """Rows (R, n) of neighbours, each by one kind of step; finite, and probabilities in [0, 1]."""
    kind = rng.integers(0, len(_MOVES), len(x))
    place = rng.integers(0, x.shape[1], len(x))
    found = np.array(x)
    with np.errstate(all="ignore"):
        for k, move in enumerate(_MOVES):
            mine = kind == k
            if mine.any():
                found[mine] = move(rng, np.array(x[mine]), place[mine], fmt)
        wide = found.astype(np.float64)
        if probs:
            wide = np.clip(wide, 0, 1)
        return np.where(np.isfinite(wide), wide, x.astype(np.float64)).astype(fmt.dtype)
