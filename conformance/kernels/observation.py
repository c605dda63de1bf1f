"""What one call of a kernel left behind."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.backends import Native
from conformance.floats import Array


@dataclass(slots=True)
class Observation:
    """One call: the canonical result, which arguments it changed, which the result overlaps.

    `dtype` is that of the native result; `native` keeps it alive.
    """

    result: Array
    changed: tuple[str, ...]
    aliases: tuple[str, ...]
    dtype: str
    native: Native
