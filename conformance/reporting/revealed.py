"""What a law is known to reveal, as far as it fits what is seen."""

from __future__ import annotations

import math
import re

from conformance.floats import from_hex
from conformance.records.results import Counterexample
from conformance.reporting.terminal.numbers import pair

#: How far off a result is -> how a law says what is then known to be amiss: "nearly right: ...".
NAN, NEAR, FAR = "NaN or inf", "nearly right", "far off"
_HEADS = re.compile(rf"(?:^|; )({NAN}|{NEAR}|{FAR}): ")
_NEAR = 2.0**-3


def fitting(reveals: str, c: Counterexample | None) -> str:
    """The part of a law's `reveals` that is of results as far off as this one; all if it has none.

    Nothing where it is known in what form of the input the result is right: that tells more.
    """
    if c is not None and c.contrasts:
        return ""
    told = parts(reveals)
    return told.get(_symptom(c), told.get("", ""))


def parts(reveals: str) -> dict[str, str]:
    """The parts of a text by how far off results are; the whole under "" if it has none."""
    whole, *rest = _HEADS.split(reveals)
    return dict(zip(rest[::2], rest[1::2], strict=True)) or {"": whole}


def _symptom(c: Counterexample | None) -> str:
    got, exact = (_number(text) for text in (c.got, c.exact)) if c is not None else (0.0, 1.0)
    if not math.isfinite(got):
        return NAN
    return NEAR if abs(got - exact) <= _NEAR * (abs(exact) or 1) else FAR


def _number(text: str) -> float:
    try:
        return float(from_hex(pair(text)[0]))
    except (ValueError, OverflowError):
        return math.nan
