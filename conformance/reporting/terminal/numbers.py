"""Arrays of a counterexample for people: exact, in decimal, with repeated values counted."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from conformance.floats import from_hex
from conformance.kernels.limit_words import LAYOUTS
from conformance.records.results import ArrayText, Counterexample
from conformance.reporting.signs import digits

_RUNS = 6  # what fits one line; more are cut in the middle
_DIGITS = 5
_FEW = 9  # numbers that are shown in their shape


def argument(c: Counterexample, name: str) -> tuple[str, str]:
    """(exact, decimal) of an argument: whole if it is small, else where the law failed."""
    array = c.arguments[name]
    if (shape := _shape(c, array.shape)) and len(array.values) <= _FEW:
        decimal = _nested(c, array, lambda text: short(text, array.dtype), shape)
        brief = all(_is_brief(text, array.dtype) for text in array.values)
        return (decimal, "") if brief else (_nested(c, array, str, shape), decimal)
    values, where = part(array, c.index)
    exact = runs(values, str)
    decimal = runs(values, lambda text: short(text, array.dtype))
    return (exact, "" if decimal == exact else decimal) if not where else (
        f"{where} {exact}", "" if decimal == exact else decimal
    )  # fmt: skip


def _shape(c: Counterexample, canonical: Sequence[int]) -> list[int]:
    """The shape in which an array was given, unless it is a vector or a row; else []."""
    batch, axis = c.view.get("batch"), c.view.get("axis")
    if not isinstance(batch, list) or not isinstance(axis, int) or not canonical:
        return []
    shape = [int(n) for n in batch]
    if len(canonical) == 2:
        shape.insert(axis % (len(shape) + 1), canonical[1])
    usual = len(shape) < 2 or (len(canonical) == 2 and len(batch) == 1 and canonical[0] == 1)
    return [] if usual or math.prod(shape) != math.prod(canonical) else shape


def _nested(
    c: Counterexample, array: ArrayText, shown: Callable[[str], str], shape: Sequence[int]
) -> str:
    """[[0, 1], [2, 3]]: the values in the shape in which they were given."""
    texts = np.array([shown(v) for v in array.values], object)
    if len(array.shape) == 2:
        at = int(c.view["axis"]) % len(shape)  # type: ignore[arg-type]
        texts = texts.reshape([*shape[:at], *shape[at + 1 :], shape[at]])
        texts = np.moveaxis(texts, -1, at)
    return _bracketed(texts.reshape(shape).tolist())


def _is_brief(text: str, dtype: str) -> bool:
    """Whether a few decimal digits are the number itself."""
    decimal = short(text, dtype)
    return decimal == text or (len(decimal) <= _DIGITS and from_hex(decimal) == from_hex(text))


def _bracketed(values: object) -> str:
    return f"[{', '.join(map(_bracketed, values))}]" if isinstance(values, list) else str(values)


def part(array: ArrayText, index: Sequence[int]) -> tuple[list[str], str]:
    """The values to show, and which they are if they are not all."""
    shape = array.shape
    if len(shape) == 2 and shape[0] > 1 and index and 0 <= index[0] < shape[0]:
        start = index[0] * shape[1]
        return array.values[start : start + shape[1]], f"row {index[0]} of {shape[0]}:"
    if len(shape) == 1 and shape[0] > _RUNS and index and 0 <= index[0] < shape[0]:
        return [array.values[index[0]]], f"element {index[0]} of {shape[0]}:"
    return list(array.values), ""


def presented(c: Counterexample, canonical: Sequence[int]) -> str:
    """What its rows do not tell: the shape of an array of several batch axes, and how it lies.

    `canonical` is the shape of the first argument: (N,), or (R, n) with the class axis last.
    """
    shape = _shape(c, canonical)
    told = len(shape) < 3 - (len(canonical) < 2) or math.prod(canonical) <= _FEW
    said = ["" if told else f"as {'x'.join(map(str, shape))}", _layout(c)]
    return f", given {' '.join(filter(None, said))}" if any(said) else ""


def _layout(c: Counterexample) -> str:
    """In memory that is not C-contiguous: strided arrays; Fortran order of labels alone."""
    layout, only = str(c.view.get("layout", "C")), c.view.get("only")
    if layout not in LAYOUTS:
        return ""
    alone = f" of {only} alone" if only else ""
    return f"in memory as {LAYOUTS[layout]}{alone}"


def runs(values: Sequence[str], shown: Callable[[str], str]) -> str:
    """[True ×12, False]: repeated values counted, and many others cut in the middle."""
    found = [*itertools.islice(_counted(values), _RUNS + 1)]
    texts = [_times(shown(v), count) for v, count in found]
    if len(texts) > _RUNS:
        last, count = next(_counted(reversed(values)))
        more = len(values) - count - sum(count for _, count in found[: _RUNS - 2])
        texts = [*texts[: _RUNS - 2], f"… {more:,} more …", _times(shown(last), count)]
    return texts[0] if len(values) == 1 else f"[{', '.join(texts)}]"


def _counted(values: Iterable[str]) -> Iterator[tuple[str, int]]:
    return ((v, sum(1 for _ in same)) for v, same in itertools.groupby(values))


def _times(text: str, count: int) -> str:
    return text if count == 1 else f"{text} ×{count}"


def short(text: str, dtype: str = "") -> str:
    """Exact text of a number of a format as a short decimal; NaN with its sign."""
    if text == "-nan":
        return text
    try:
        value = from_hex(text)
    except (ValueError, OverflowError):
        return text
    return str(value) if isinstance(value, int) else digits(value, dtype)


def pair(text: str) -> tuple[str, str]:
    """(exact, decimal) of what a record says as "0x1.8p+1 (3)"."""
    exact, bracket, rest = text.partition(" (")
    return (
        (exact, rest.rstrip(")")) if bracket and exact[:3] in ("0x1", "-0x", "0x0") else (text, "")
    )
