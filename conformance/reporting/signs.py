"""How outcomes and figures are written: one sign per state, ratios in three digits.

A *state* sums up several cases by the outcome among them that matters most. A failure of a *should*
law is a state of its own, `missed`; a *may* law has the state `open`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from conformance.floats import from_hex
from conformance.records.results import SILENT, Level, Number, Result, amount

#: State -> (sign, what it says); the worst first.
STATES: dict[str, tuple[str, str]] = {
    "fail": ("✗", "breaks a must law"),
    "error": ("!", "raises or crashes"),
    "missed": ("△", "misses a should law"),
    "known": ("◆", "fails, and the baseline knows it"),
    "deviation": ("≈", "declared deviation"),
    "stale": ("↻", "expected to fail, and holds"),
    "pass": ("✓", "holds"),
    "open": ("·", "left open by the spec"),
    "vacuous": ("∅", "not exercised"),
    "unsupported": ("–", "not implemented"),
    "none": ("", "not examined"),
}
_ORDER = {state: rank for rank, state in enumerate(STATES)}
LEVELS: tuple[Level, ...] = ("must", "should", "may")


def state_of(result: Result) -> str:
    """The state of one case."""
    if result.level == "may" and result.outcome in ("pass", "fail"):
        return "open"
    if result.level == "should" and result.outcome == "fail":
        return "missed"
    return result.outcome


def state(results: Iterable[Result]) -> str:
    """The state that matters most; "none" if there are no cases."""
    return min(map(state_of, results), key=_ORDER.__getitem__, default="none")


def counts(results: Iterable[Result]) -> list[tuple[str, int]]:
    """(state, number of cases), the worst first."""
    found = Counter(map(state_of, results))
    return sorted(found.items(), key=lambda item: _ORDER[item[0]])


def returned(result: Result) -> bool:
    """Whether a call that fails gave a result, but no array of the right form."""
    return result.message.startswith("returned ")


def manner(result: Result) -> tuple[str, str]:
    """How a call fails, in a word and in several: it raises, gives no array, leaves traces, ..."""
    if result.message.startswith(SILENT):
        return "hangs", "hanging"
    if returned(result):
        return "form", "returning no array of the right form"
    if result.message.startswith(("changed ", "left ")):
        return "state", "changing the process"
    return "raises", "raising"


def sign(state: str) -> str:
    """The state's sign."""
    return STATES[state][0]


def worst(results: Iterable[Result]) -> Result | None:
    """The case with the largest error / bound; None if none was measured."""
    measured = [r for r in results if r.ratio is not None]
    return max(measured, key=lambda r: (r.excess, r.key), default=None)


def figure(value: Number | float | None) -> str:
    """A ratio or ulp count in two or three digits; what exceeds 1 never reads as 1."""
    if value is None:
        return ""
    number = amount(value)
    if not math.isfinite(number):
        return "∞"
    if number >= 9999.5:
        return _scientific(number)
    if number >= 10:
        return f"{number:.0f}" if number >= 99.5 else f"{number:.1f}"
    if number > 1:
        return f"{number:.2f}" if number >= 1.005 else "1.00+"
    return "0" if number == 0 else "<.01" if number < 0.01 else f"{_cut(number):.2f}"


def _cut(number: float) -> float:
    """Two decimals; only 1 itself reads as 1."""
    return math.floor(number * 100) / 100 if 0.99 < number < 1 else number


def _scientific(number: float) -> str:
    exponent = math.floor(math.log10(number))
    mantissa = number / 10.0**exponent
    if mantissa >= 9.95:
        mantissa, exponent = 1.0, exponent + 1
    return f"{mantissa:.1f}·10{superscript(exponent)}"


def superscript(exponent: int) -> str:
    """An exponent in raised figures."""
    return str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def decimal(text: str, dtype: str = "") -> str:
    """Hexadecimal text of a number as a short decimal; other text as it is."""
    try:
        value = from_hex(text.strip())
    except (ValueError, OverflowError):
        return text
    return digits(value, dtype).replace("-", "−")


def digits(value: float, dtype: str = "") -> str:
    """Nine digits, which tell every float32 from its neighbours; in float64 as many as it takes."""
    shown = f"{value:.9g}"
    exact = dtype != "float64" or not math.isfinite(value) or float(shown) == value
    return shown if exact else repr(float(value))


def listed(words: Iterable[str], most: int = 4) -> str:
    """a, b and c; and how many more there are."""
    items = list(words)
    if len(items) > most:
        items = [*items[: most - 1], f"{len(items) - most + 1} more"]
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else ""


def plural(count: int, noun: str) -> str:
    """1 law, 2 laws, 1,024 cases, 13 entries."""
    many = f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else many}"
