"""Families of logits: vectorised fills of rows that make the bounds bite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache

import numpy as np

from conformance.floats import Array, Format, from_ordered, ordered

Rng = np.random.Generator
Fill = Callable[[Rng, int, Format], Array]


def _one_of(rng: Rng, values: Sequence[float]) -> float:
    """What `rng.choice` takes, without an array of the values."""
    return values[int(rng.integers(len(values)))]


def _some_of(rng: Rng, values: Array, count: int) -> Array:
    """The same, several of them."""
    return values[rng.integers(0, len(values), count)]


@cache
def _key(fmt: Format, x: float) -> Array:
    """The place of a number of the format among all of them."""
    return ordered(np.array([x]).astype(fmt.dtype))


@lru_cache(maxsize=4)
def _even(start: int, stop: int, n: int) -> Array:
    return np.linspace(start, stop, n)


@cache
def _log_u(fmt: Format) -> float:
    """The number of the format at log u or next below it, so that 1 + e^x rounds to 1."""
    x = np.array([np.log(fmt.u)]).astype(fmt.dtype)
    above = float(x[0]) > np.log(fmt.u)
    return float(from_ordered(ordered(x) - above, fmt.dtype)[0])


@cache
def _log_eta(fmt: Format) -> float:
    return float(np.log(fmt.eta))


@cache
def _log_largest(fmt: Format) -> float:
    return float(np.log(fmt.largest))


def _normal(scale: float) -> Fill:
    return lambda rng, n, fmt: rng.normal(0, scale, n)


def _to_underflow(rng: Rng, n: int, fmt: Format) -> Array:
    """From the maximum down to where e^d leaves the format."""
    return rng.uniform(1.05 * _log_eta(fmt), 0, n) + _one_of(rng, (0.0, 3.0, -3.0))


def _wide(rng: Rng, n: int, fmt: Format) -> Array:
    return rng.uniform(-0.9, 0.9, n) * _log_largest(fmt)


def _near_ties(rng: Rng, n: int, fmt: Format) -> Array:
    """A few ulp apart, or, in two rows of three, a few of any power of two of ulp."""
    centre = np.array([rng.normal(0, 4)]).astype(fmt.dtype)
    scale = max(0, int(rng.integers(-fmt.precision // 2, fmt.precision - 2)))
    steps = rng.integers(-4, 5, n) << scale
    return np.asarray(from_ordered(ordered(centre) + steps, fmt.dtype).astype(np.float64))


@cache
def _special_places(n: int) -> Array:
    """First, last, second, and both sides of the borders of blocks."""
    places = {0, n - 1, 1, n // 2}
    for block in (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 16384, 65536):
        places |= {block - 1, block, (n // block) * block - 1, (n // block) * block}
    return np.array(sorted(p for p in places if 0 <= p < n))


def _place(rng: Rng, n: int) -> int:
    places = _special_places(n)
    return int(places[rng.integers(len(places))])


def _ties_at_borders(rng: Rng, n: int, fmt: Format) -> Array:
    x = rng.normal(0, 2, n) - 8
    x[_some_of(rng, _special_places(n), min(n, 3))] = 2.0
    return x


def _dominant(rng: Rng, n: int, fmt: Format) -> Array:
    """One large logit at an interesting place; the others about log u below it."""
    x = _log_u(fmt) + rng.normal(0, 2, n)
    x[_place(rng, n)] = 0.0
    return x + _one_of(rng, (0.0, 5.0))


def _dominant_last(rng: Rng, n: int, fmt: Format) -> Array:
    """The maximum in the last place: what a skipped tail loses."""
    x = rng.normal(-4, 1, n)
    x[-1] = 3.0
    return x


def late_summit(rng: Rng, n: int, fmt: Format) -> Array:
    """The last entry is so far above the rest that e^(x − a maximum of the rest) overflows."""
    x = rng.normal(0, 1, n)
    x[-1] = 1.5 * _log_largest(fmt)
    return x


def _stagnation(rng: Rng, n: int, fmt: Format) -> Array:
    """Every other term is exactly half an ulp of the sum."""
    x = np.full(n, _log_u(fmt))
    x[_place(rng, n)] = 0.0
    return x


def three_summits(n: int, share: float) -> Array:
    """The first three classes have a share of it all; beside it each of the others is nothing.

    The second is a little less likely. A bound allows the maximum of a row, or of a block, the
    derivative through it: there the error of a sum may be less than that, at the second it is not.
    """
    x = np.zeros(n)
    x[:3] = 0, -0.125, 0
    x[:3] += np.log(share / (1 - share) * (n - 3) / np.exp(x[:3]).sum())
    return x


def _half_stagnation(rng: Rng, n: int, fmt: Format) -> Array:
    x = np.full(n, _log_u(fmt))
    x[: n // 2] = rng.uniform(-3, 0, n // 2)
    return x


def _offset(rng: Rng, n: int, fmt: Format) -> Array:
    """A large common offset on a grid, so that the differences are exact."""
    grid = 2.0**-2
    return np.round(rng.normal(0, 4, n) / grid) * grid + _one_of(rng, (-1, 1)) * 2.0 ** (
        fmt.precision - 4
    )


def _far_offset(rng: Rng, n: int, fmt: Format) -> Array:
    """An offset so large that neighbours are whole units apart."""
    return np.round(rng.normal(0, 3, n)) * 2 + _one_of(rng, (-1, 1)) * 2.0**fmt.precision


def _near_largest(rng: Rng, n: int, fmt: Format) -> Array:
    keys = _key(fmt, fmt.largest) - rng.integers(0, 4, n)
    return from_ordered(keys, fmt.dtype).astype(np.float64)


def _astronomic(rng: Rng, n: int, fmt: Format) -> Array:
    """All equal to 1e30 or so, but for a few ulp."""
    keys = _key(fmt, min(1e30, fmt.largest / 8)) - rng.integers(0, 2, n)
    return from_ordered(keys, fmt.dtype).astype(np.float64)


def _masked(rng: Rng, n: int, fmt: Format) -> Array:
    x = rng.normal(0, 3, n)
    x[rng.random(n) < 0.4] = -np.inf
    x[_place(rng, n)] = 1.0
    return x


def _masked_front(rng: Rng, n: int, fmt: Format) -> Array:
    """A leading block all −inf: the first blocks of an online softmax see no number."""
    x = rng.normal(0, 3, n)
    x[: max(n - max(1, n // 8), 0)] = -np.inf
    return x


def _masked_back(rng: Rng, n: int, fmt: Format) -> Array:
    x = rng.normal(0, 3, n)
    x[max(1, n // 8) :] = -np.inf
    return x


def _masked_but_one(rng: Rng, n: int, fmt: Format) -> Array:
    x = np.full(n, -np.inf)
    x[_place(rng, n)] = rng.normal(0, 3)
    return x


def _masked_low(rng: Rng, n: int, fmt: Format) -> Array:
    """Masked entries beside logits near −2e4: a mask of −1e4 would win."""
    x = rng.normal(-2e4, 2, n)
    x[rng.random(n) < 0.3] = -np.inf
    x[_place(rng, n)] = -2e4
    return x


def _ascending(rng: Rng, n: int, fmt: Format) -> Array:
    """Every entry is a new maximum: an online softmax rescales at each step."""
    return _even(-30, 3, n)


def _steps_up(rng: Rng, n: int, fmt: Format) -> Array:
    """The maximum grows by 2 from block to block, so many that float16 holds the first."""
    block = max(int(_one_of(rng, (8, 16, 32, 64, 128, 256))), n >> 14)
    return (np.arange(n) // block) * 2.0 + rng.normal(0, 0.3, n) - 2.0 * (n // block)


def _bulk_and_tail(rng: Rng, n: int, fmt: Format) -> Array:
    bulk = rng.normal(0, 0.5, n)
    x = rng.normal(-12, 1, n)
    x[3::7] = bulk[3::7]
    return x


def _integers(rng: Rng, n: int, fmt: Format) -> Array:
    return rng.integers(-3, 4, n).astype(np.float64)


def _one_nan(rng: Rng, n: int, fmt: Format) -> Array:
    x = rng.normal(0, 2, n)
    x[_place(rng, n)] = np.nan
    return x


def _one_infinite(rng: Rng, n: int, fmt: Format) -> Array:
    x = rng.normal(0, 2, n)
    x[_place(rng, n)] = np.inf
    return x


_SHARES = np.array([1, 0.5, 0.999, -1, -0.5, 0])
FAMILIES: dict[str, Fill] = {
    "normal": _normal(1.0),
    "dominant last": _dominant_last,
    "normal 5": _normal(5.0),
    "late summit": late_summit,
    "dominant": _dominant,
    "uniform": lambda rng, n, fmt: rng.uniform(-20, 20, n),
    "masked": _masked,
    "ascending": _ascending,
    "ties at borders": _ties_at_borders,
    "offset": _offset,
    "bulk and tail": _bulk_and_tail,
    "stagnation": _stagnation,
    "masked front": _masked_front,
    "to underflow": _to_underflow,
    "all equal": lambda rng, n, fmt: np.full(n, float(rng.integers(-8, 9))),
    "steps up": _steps_up,
    "near ties": _near_ties,
    "masked back": _masked_back,
    "wide": _wide,
    "half stagnation": _half_stagnation,
    "two-level": lambda rng, n, fmt: np.where(
        rng.random(n) < 0.3, 1.0, -float(rng.integers(1, 12))
    ),
    "masked low": _masked_low,
    "descending": lambda rng, n, fmt: _even(3, -30, n),
    "far offset": _far_offset,
    "huge": lambda rng, n, fmt: fmt.largest * _some_of(rng, _SHARES, n),
    "near the largest": _near_largest,
    "astronomic": _astronomic,
    "masked but one": _masked_but_one,
    "subnormal": lambda rng, n, fmt: fmt.eta * rng.integers(-100, 101, n),
    "signed zeros": lambda rng, n, fmt: np.where(rng.random(n) < 0.5, 0.0, -0.0),
    "lse near 0": lambda rng, n, fmt: -np.log(n) + rng.normal(0, 1e-2, n),
    "integers": _integers,
    "all masked": lambda rng, n, fmt: np.full(n, -np.inf),
    "one NaN": _one_nan,
    "one +inf": _one_infinite,
}
NAMES = tuple(FAMILIES)
_WILD = ("masked", "all masked", "one ", "huge", "near the", "astronomic", "far")
#: Families whose losses are finite and of like size: in a sum or a mean one row in another way, an
#: infinite or a dominant one, would hide all the others.
TAME = tuple(name for name in FAMILIES if not name.startswith(_WILD))


def logits(
    rng: Rng, rows: int, n: int, fmt: Format, start: int, names: tuple[str, ...] = NAMES
) -> Array:
    """Rows of successive families, beginning with number `start`; every number of the format."""
    out = np.empty((rows, n), np.float64)
    if n:
        for row in range(rows):
            out[row] = FAMILIES[names[(start + row) % len(names)]](rng, n, fmt)
    return out.astype(fmt.dtype, copy=False)


def probabilities(
    rng: Rng, rows: int, n: int, fmt: Format, start: int, *, zeros: bool = True
) -> Array:
    """Rows of probabilities: softmax outputs, exact zeros and ones, tiny and unnormalised."""
    out = np.empty((rows, n), np.float64)
    for row in range(rows):
        kind = (start + row) % 6
        kind = kind if zeros else (0, 1, 0, 1, 4, 5)[kind]
        x = rng.normal(0, (1, 5, 30)[kind % 3], n)
        if kind == 5:
            out[row] = rng.uniform(0.01, 1, n)
        elif kind == 3 and n:
            out[row] = 0
            out[row, _place(rng, n)] = 1
        elif n:
            p = np.exp(x - x.max())
            p /= p.sum()
            tiny = fmt.eta if fmt.name == "float16" else fmt.omega
            if kind == 4:
                p = np.where(rng.random(n) < 0.3, tiny * rng.integers(1, 9, n), p)
            out[row] = p if zeros else np.maximum(p, tiny)
    return out.astype(fmt.dtype, copy=False)
