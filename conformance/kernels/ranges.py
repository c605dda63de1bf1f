"""Numbers of an option that a kernel refuses: those below one, or above it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

#: Halvings of the way, in logarithms, from a number that is taken to one that is not.
_STEPS = 12


@dataclass(frozen=True, slots=True)
class Beyond:
    """All numbers from `refused` on, away from `taken`, the nearest that is known to be taken."""

    refused: float
    taken: float

    def holds(self, number: object) -> bool:
        """True if a number is refused; what is none is not."""
        if not isinstance(number, float):
            return False
        return number <= self.refused if self.refused < self.taken else number >= self.refused

    @property
    def words(self) -> str:
        """below 0.05; above 100."""
        return f"{'below' if self.refused < self.taken else 'above'} {self.taken:.3g}"


def beyond(number: float, usual: float, raises: Callable[[float], bool]) -> Beyond | None:
    """The numbers that are refused as one is, while a usual one is taken; None if it is alone."""
    if number <= 0 or usual <= 0 or number == usual:
        return None
    further = (number / 2, number / 16) if number < usual else (2 * number, 16 * number)
    if not all(map(raises, further)):
        return None
    for _ in range(_STEPS):
        middle = sqrt(number * usual)
        number, usual = (middle, usual) if raises(middle) else (number, middle)
    return Beyond(number, _shortest(number, usual, raises))


def _shortest(refused: float, taken: float, raises: Callable[[float], bool]) -> float:
    """The number with the fewest digits between a refused and a taken one, if it is taken."""
    low, high = sorted((refused, taken))
    rounded = (float(f"{refused:.{digits}g}") for digits in (1, 2, 3))
    return next((n for n in rounded if low <= n <= high and not raises(n)), taken)
