"""A limit: a class of inputs that an implementation refuses, whatever their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.backends import Unsupported
from conformance.kernels.input_classes import InputClass
from conformance.kernels.limit_words import group_of, refused_words
from conformance.kernels.ranges import Beyond
from conformance.kernels.simpler import Feature
from conformance.kernels.sizes import Sizes
from conformance.model import Example


@dataclass(frozen=True, slots=True)
class Limit:
    """A class of inputs that is refused: its features, one call that shows it, what was raised.

    `squares`: arrays whose axes are all as long are taken, as where a mask is not moved along with
    the axis: another shape raises by accident there, and what is taken is examined.
    """

    features: tuple[Feature, ...]
    example: Example
    said: str
    memory: bool = False
    squares: bool = False

    @property
    def of_numbers(self) -> bool:
        """True if numbers that are not finite are refused."""
        return any(name == "special" for name, _ in self.features)

    @property
    def group(self) -> str:
        """The kind of limit, which one law speaks of."""
        return group_of(self.features, self.memory)

    @property
    def words(self) -> str:
        """What is refused."""
        words = refused_words(self.features, self.example)
        return f"{words}, but for squares" if self.squares else words

    def covers(self, c: InputClass) -> bool:
        """True if the class of a call is refused."""
        held = all(_has(c, name, value) for name, value in self.features)
        return held and not (self.squares and c.square)


def _has(c: InputClass, name: str, value: Any) -> bool:
    if name == "option":
        return value in c.options or any(
            o == value[0] and _of_kind(k, value[1]) for o, k in c.options
        )
    if name == "quantity":  # without a gradient there is none of it
        return c.quantity == value or (value, c.quantity) == ("vjp", "hvp")
    if name == "special":
        return value in c.special
    if name == "mode":  # every call of these limits
        return True
    if name == "batch":  # others of as many axes
        return len(c.batch) == len(value) and c.batch != value
    found = getattr(c, name)
    return not value.takes(found) if isinstance(value, Sizes) else bool(found == value)


def _of_kind(number: Any, kind: Any) -> bool:
    """True for a number of an option if any number, or its range, is refused."""
    if isinstance(kind, Beyond):
        return kind.holds(number)
    return kind == "some" and isinstance(number, float)


class Refused(Unsupported):
    """The call is outside of what the implementation takes."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(f"refuses {limit.words}: {limit.said}")
        self.limit = limit
