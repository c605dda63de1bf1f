"""Floating-point formats: unit roundoff, thresholds, ordered integers, ulp, exact hex text.

Notation follows Higham, *Accuracy and Stability of Numerical Algorithms*: u is the unit roundoff
2^-p, ω the smallest normal number, η the smallest subnormal and Ω the largest finite number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: Elements up to which two arrays are compared as strings of bytes, which is faster.
_SMALL = 4096


@dataclass(frozen=True, slots=True)
class Format:
    """One binary floating-point format; `wide` is the dtype in which its errors are measured."""

    name: str
    dtype: np.dtype[Any]
    bits: int
    precision: int
    omega: float
    eta: float
    largest: float
    wide: type[np.floating[Any]]

    @property
    def u(self) -> float:
        """Unit roundoff 2^-p."""
        return float(2.0**-self.precision)

    @property
    def integer(self) -> np.dtype[Any]:
        """The signed integer dtype of the same width."""
        return np.dtype(f"int{self.bits}")

    @property
    def is_half(self) -> bool:
        """True for the 16-bit formats."""
        return self.bits == 16


def _format(name: str, dtype: Any, bits: int, precision: int, wide: Any) -> Format:
    info: Any = ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]
    omega, eta, largest = (
        float(v) for v in (info.smallest_normal, info.smallest_subnormal, info.max)
    )
    return Format(name, np.dtype(dtype), bits, precision, omega, eta, largest, wide)


FORMATS: dict[str, Format] = {
    "float64": _format("float64", np.float64, 64, 53, np.longdouble),
    "float32": _format("float32", np.float32, 32, 24, np.float64),
    "float16": _format("float16", np.float16, 16, 11, np.float64),
    "bfloat16": _format("bfloat16", ml_dtypes.bfloat16, 16, 8, np.float64),
}

#: True where long double has 64 bits or more; elsewhere every float64 verdict is taken by balls.
HAS_EXTENDED = int(np.finfo(np.longdouble).nmant) >= 63


@cache
def format_of(dtype: Any) -> Format:
    """The format of a NumPy or ml_dtypes dtype. KeyError if the suite does not know it."""
    return FORMATS[np.dtype(dtype).name]


def difference(a: Array | float, b: Array, fmt: Format) -> tuple[Array, Array]:
    """a − b rounded to the format, and where that is a − b exactly, and finite.

    Knuth's TwoSum in the wide format, which may be the format itself: its own rounding counts.
    """
    with np.errstate(all="ignore"):
        wide = np.asarray(a).astype(fmt.wide), np.asarray(b).astype(fmt.wide)
        found = wide[0] - wide[1]
        taken = found - wide[0]
        lost = (wide[0] - (found - taken)) - (wide[1] + taken)
        rounded = found.astype(fmt.dtype)
        exact = np.isfinite(found) & (lost == 0) & (rounded.astype(fmt.wide) == found)
    return rounded, np.asarray(exact)


def same_bits(a: Array, b: Array) -> bool:
    """True if two arrays of one dtype and shape have the same bits: NaN is NaN, -0 is not +0."""
    if a.size <= _SMALL:
        return a.tobytes() == b.tobytes()
    bits = f"i{min(a.dtype.itemsize, 8)}"
    return bool(np.array_equal(a.view(bits), b.view(bits)))


def not_finite(values: Array) -> tuple[str, ...]:
    """Which of nan, +inf and -inf are among some numbers."""
    x = values if values.dtype.itemsize > 2 else values.astype(np.float32)
    if np.isfinite(x).all():
        return ()
    each = {"nan": x != x, "+inf": x == np.inf, "-inf": x == -np.inf}
    return tuple(name for name, found in each.items() if found.any())


def ordered(values: Array) -> Array:
    """Integers that are ordered as the floats are; neighbours differ by 1, and -0 equals +0."""
    fmt = format_of(values.dtype)
    bits = np.ascontiguousarray(values).view(fmt.integer)
    return np.where(bits < 0, -(1 << (fmt.bits - 1)) - bits, bits)


def from_ordered(integers: Array, dtype: Any) -> Array:
    """The inverse of `ordered`."""
    fmt = format_of(dtype)
    keys = np.asarray(integers, fmt.integer)
    return np.where(keys < 0, -(1 << (fmt.bits - 1)) - keys, keys).view(fmt.dtype)


def every(dtype: Any) -> Array:
    """All 65,536 values of a 16-bit format, by bit pattern."""
    return np.arange(2**16, dtype=np.uint32).astype(np.uint16).view(format_of(dtype).dtype)


def ulp(values: Array, fmt: Format) -> Array:
    """Spacing of `fmt` at each (wide) value: 2^(e-p+1), at least η, at most that of Ω."""
    magnitude = np.clip(np.abs(values), fmt.omega, fmt.largest)
    _, exponent = np.frexp(magnitude)
    return np.ldexp(np.ones_like(magnitude), exponent - fmt.precision)


def to_hex(value: Any) -> str:
    """Exact hexadecimal text of one number: 0x1.8p+1, inf, nan; integers as decimal."""
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    text = float(value).hex()
    mantissa, _, exponent = text.partition("p")
    if not exponent:
        return text
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}p{exponent}"


def from_hex(text: str) -> float | int:
    """The inverse of `to_hex`. ValueError if the text is no number."""
    if text.lstrip("-").isdigit():
        return int(text)
    return float.fromhex(text)
