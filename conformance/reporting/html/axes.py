"""The two axes of an accuracy plot: ordered floats across, log₂ of the error in ulp up."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from conformance.floats import Format, from_hex, ordered
from conformance.reporting.signs import superscript

#: Errors below ¼ ulp are drawn at ¼ ulp: nothing there can be improved.
FLOOR = 0.25
_GAP = 44  # units between two labels of the horizontal axis
_HIGH = 10  # units between the lowest two labels of the vertical axis


def position(text: str, fmt: Format) -> int | None:
    """The ordered integer of a number in hexadecimal text; None if it is not one."""
    try:
        value = float(from_hex(text))
    except (ValueError, OverflowError):
        return None
    if math.isnan(value):
        return None
    with np.errstate(over="ignore"):
        return int(ordered(np.array([value]).astype(fmt.dtype))[0])


@dataclass(frozen=True, slots=True)
class Across:
    """Ordered integers from `low` to `high` onto 0..`width`."""

    fmt: Format
    low: int
    high: int
    width: int

    def __call__(self, key: int) -> float:
        """The place of an ordered key, in the units of `width`."""
        return (key - self.low) * self.width / max(self.high - self.low, 1)

    def ticks(self) -> list[tuple[float, str]]:
        """Positions and labels: zero, one and powers of ten, as many as there is room for."""
        taken: list[tuple[float, str]] = []
        for value, label in self._candidates():
            key = position(value.hex(), self.fmt)
            if key is None or not self.low <= key <= self.high:
                continue
            at = self(key)
            if all(abs(at - other) >= _GAP for other, _ in taken):
                taken.append((at, label))
        return sorted(taken)

    def _candidates(self) -> Iterator[tuple[float, str]]:
        yield from ((0.0, "0"), (1.0, "1"), (-1.0, "−1"))
        top = math.floor(math.log10(self.fmt.largest))
        bottom = math.ceil(math.log10(self.fmt.eta))
        step = next(s for s in (2, 5, 10, 100) if (top - bottom) / s <= 12)
        for exponent in (k for e in range(step, 400, step) for k in (e, -e)):
            if bottom <= exponent <= top:
                yield 10.0**exponent, f"10{superscript(exponent)}"
                yield -(10.0**exponent), f"−10{superscript(exponent)}"


@dataclass(frozen=True, slots=True)
class Up:
    """Errors in ulp from ¼ to `top` onto `height`..0, in octaves; what is larger is at the top."""

    top: float
    height: int

    def __call__(self, ulp: float) -> float:
        """The place of an error, from the top."""
        octaves = math.log2(min(max(ulp, FLOOR), self.top) / FLOOR)
        return self.height * (1 - octaves / math.log2(self.top / FLOOR))

    def ticks(self) -> list[tuple[float, str]]:
        """Positions and labels: powers of two, or of ten where there are many."""
        octaves = round(math.log2(self.top))
        if octaves <= 8:
            values = [(2.0**k, _small(k)) for k in range(-2, octaves + 1)]
        else:
            step = max(1, round(octaves / 3.3 / 5))
            decades = range(0, int(octaves / 3.3) + 1, step)
            values = [(FLOOR, "¼"), *((10.0**k, _power(k)) for k in decades)]
        places = [(self(value), label) for value, label in values]
        return [t for i, t in enumerate(places) if i == 0 or places[0][0] - t[0] >= _HIGH]


def _small(exponent: int) -> str:
    return {-2: "¼", -1: "½"}.get(exponent) or str(2**exponent)


def _power(exponent: int) -> str:
    return str(10**exponent) if exponent < 3 else f"10{superscript(exponent)}"


def up(errors: list[float], bounds: list[float], height: int) -> Up:
    """An axis that holds all finite errors, and the bounds unless they are far above them."""
    finite = [e for e in errors if math.isfinite(e) and e < 1e300] or [1.0]
    limits = [b for b in bounds if math.isfinite(b)] or [1.0]
    need = max(4.0, 1.5 * max(finite), min(1.5 * max(limits), 16 * max(finite)))
    more = 4.0 if len(finite) < len(errors) else 1.0
    return Up(2.0 ** math.ceil(math.log2(need * more)), height)
