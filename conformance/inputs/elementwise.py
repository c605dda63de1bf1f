"""Inputs of elementwise functions: every 16-bit number; strata of bit patterns; seams."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from conformance.floats import FORMATS, Array, Format, every, from_ordered, ordered
from conformance.inputs.draws import CHOICES
from conformance.inputs.families import Rng

#: Where branches, clips, thresholds and underflow of known kernels lie.
_SEAMS = (
    0.0, 0.5, float(np.log(2)), 1.0, 2.0, 4.0, 8.0, 9.0, 10.0, 12.0, 15.0, 16.0, 16.635, 17.0,
    17.33, 18.0, 20.0, 25.0, 30.0, 32.0, 33.0, 34.66, 36.04, 36.74, 37.0, 37.43, 40.0, 50.0, 60.0,
    64.0, 70.0, 80.0, 87.34, 88.0, 88.38, 88.72, 89.0, 90.0, 100.0, 103.28, 103.97, 104.0, 128.0,
    256.0, 500.0, 512.0, 700.0, 708.4, 709.78, 745.13, 746.0, 1000.0, 1e4, 1e10,
)  # fmt: skip
_SPECIAL = (0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, -np.nan)
#: Beyond it one loss of a sum is larger than thousands of others.
_MODERATE = 100.0


@lru_cache(maxsize=8)
def seams(name: str) -> Array:
    """±40 ulp around every seam, special values, and the ends of the format."""
    fmt = FORMATS[name]
    with np.errstate(over="ignore"):
        centres = np.array([*_SEAMS, fmt.precision * np.log(2), np.log(fmt.largest),
                            -np.log(fmt.omega), -np.log(fmt.eta)]).astype(fmt.dtype)  # fmt: skip
    near = ordered(centres)[:, None] + np.arange(-40, 41)
    largest = ordered(np.array([fmt.largest]).astype(fmt.dtype))[0]
    keys = np.unique(np.clip(near.ravel(), -largest, largest))
    ends = np.concatenate([np.arange(0, 40), largest - np.arange(0, 40)])
    values = from_ordered(np.concatenate([keys, ends]), fmt.dtype)
    specials = np.array(_SPECIAL).astype(fmt.dtype)
    return np.concatenate([values, -values, specials])


@lru_cache(maxsize=8)
def strata(name: str, count: int) -> Array:
    """About `count` numbers: equally spaced in the ordered integers, with scrambled low bits.

    Every binade of both signs is met, each with many significands; deterministic.
    """
    fmt = FORMATS[name]
    if fmt.is_half:
        return every(fmt.dtype)
    largest = int(ordered(np.array([fmt.largest]).astype(fmt.dtype))[0])
    step = 2 * largest // count
    keys = -largest + step * np.arange(count, dtype=fmt.integer)
    scramble = (np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(8)
    keys = keys + (scramble % np.uint64(step)).astype(fmt.integer)
    return from_ordered(keys, fmt.dtype)


@lru_cache(maxsize=8)
def everywhere(name: str, count: int) -> Array:
    """All 65,536 numbers of a 16-bit format; else strata, a dense middle, and the seams.

    Seven eighths of all bit patterns lie where a sigmoid is constant to rounding, so half of the
    sample is taken from 2^-30 <= |x| < 1024.
    """
    fmt = FORMATS[name]
    if fmt.is_half:
        return every(fmt.dtype)
    wide = strata(name, count // 4)
    rng = np.random.Generator(np.random.PCG64(20))
    size = np.exp2(rng.uniform(-30, 10, count // 2)) * rng.choice([-1.0, 1.0], count // 2)
    return np.concatenate([wide, size.astype(fmt.dtype), seams(name)])


@lru_cache(maxsize=4)
def _moderate(name: str) -> Array:
    pool = seams(name)
    return pool[np.abs(pool.astype(np.float64)) <= _MODERATE]


def mixed(rng: Rng, size: int, fmt: Format, start: int, *, specials: bool = True) -> Array:
    """Numbers of all kinds: mild, saturated, and unless `specials` is False also not finite, huge.

    Those that are not mild come with an odd start.
    """
    pool = seams(fmt.name) if specials else _moderate(fmt.name)
    mild = rng.normal(0, 4, size).astype(fmt.dtype)
    odd = pool[rng.integers(0, len(pool), size)]
    if specials:
        special = rng.choice(_SPECIAL, size).astype(fmt.dtype)
        odd = np.where(rng.random(size) < 0.2, special, odd)
    return np.where(rng.random(size) < (0.25 if start % 2 else 0.0), odd, mild)


def beside(rng: Rng, x: Array, fmt: Format) -> Array:
    """A second number for each: equal, a few ulp away, near, up to 120 away, another place's."""
    kind = rng.integers(0, 6, len(x))
    with np.errstate(all="ignore"):
        wide = x.astype(np.float64)
        near = wide * (1 + 2 * fmt.u * rng.integers(-4, 5, len(x)))
        apart = wide + rng.uniform(-120, 120, len(x))
        choices = [wide, near, wide + rng.normal(0, 3, len(x)), apart, rng.permutation(wide), apart]
        return np.asarray(np.choose(kind, choices)).astype(fmt.dtype)


def probabilities(rng: Rng, size: int, fmt: Format, *, ends: bool = True) -> Array:
    """Numbers in [0, 1]: uniform, near 0 and 1, exact 0 and 1 (`ends`), logarithmically small."""
    kind = rng.integers(0, 6, size)
    kind = kind if ends else np.where(kind == 3, 0, kind)
    small = np.exp2(rng.uniform(np.log2(max(fmt.omega, 1e-300)), 0, size))
    near_one = 1 - fmt.u * 2 * rng.integers(1, 64, size)
    exact = rng.integers(0, 2, size).astype(np.float64)
    choices = [rng.random(size), small, near_one, exact, rng.random(size), small]
    return np.choose(kind, choices).astype(fmt.dtype)


def all_probabilities(fmt: Format, count: int) -> Array:
    """Every 16-bit number in [0, 1]; else strata of the bit patterns in [0, 1]."""
    if fmt.is_half:
        values = every(fmt.dtype)
        with np.errstate(invalid="ignore"):
            wide = values.astype(np.float64)
        return values[(wide >= 0) & (wide <= 1)]
    one = int(ordered(np.array([1.0]).astype(fmt.dtype))[0])
    keys = np.linspace(0, one, count // 2).astype(fmt.integer)
    near_one = one - np.arange(200)
    half = np.random.Generator(np.random.PCG64(4)).random(count // 2).astype(fmt.dtype)
    both = from_ordered(np.concatenate([keys, near_one, np.arange(40)]), fmt.dtype)
    return np.concatenate([both, half])


@lru_cache(maxsize=16)
def notable(name: str, probabilities: bool) -> Array:
    """The `CHOICES` numbers that small arrays are drawn from, simple ones first."""
    fmt = FORMATS[name]
    simple = [0.5, 0.25, 1.0, 0.0, 0.75, 0.125, 0.1, 0.9, 0.01, 0.99]
    if probabilities:
        tiny = fmt.eta if name == "float16" else fmt.omega
        powers = np.exp2(np.linspace(np.log2(tiny), -4, 30))
        near = 1 - 2 * fmt.u * np.arange(1, 21)
        values = np.concatenate([simple, powers, fmt.u * np.arange(1, 21), near])
    else:
        ends = [fmt.largest, fmt.omega, fmt.eta, fmt.u, 1 / fmt.u]
        logs = np.abs(np.log(ends))
        sizes = np.concatenate([[0, 1, 2, 3, 10, 100], simple[:3], logs, ends, _SEAMS[::3]])
        values = np.concatenate([np.stack([sizes, -sizes], axis=1).ravel(), _SPECIAL[4:]])
    with np.errstate(over="ignore"):
        return np.resize(values, CHOICES).astype(fmt.dtype)
