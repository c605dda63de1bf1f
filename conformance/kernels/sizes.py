"""Which sizes a kernel takes: a rule, found from one that it takes and one that it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conformance.records.grouping import grouped

#: The largest size that is tried beyond one that is refused.
_LARGEST = 70_000
_BLOCKS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
#: Sizes of plain calls that are tried because smaller ones were refused.
_STEPS = (4, 8, 16, 128)
#: Sizes that are named one by one.
_NAMED = 3

Raises = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes that are taken, by a rule and its number.

    "at most", "at least", "multiple" of it, "blocks" of it (up to one, or several full ones),
    "power" of two, or all "but" one.
    """

    rule: str
    number: int

    def takes(self, size: int) -> bool:
        """True if the size is taken."""
        if self.rule == "at most":
            return size <= self.number
        if self.rule == "at least":
            return size >= self.number
        if self.rule == "multiple":
            return size % self.number == 0
        if self.rule == "blocks":
            return size <= self.number or size % self.number == 0
        if self.rule == "power":
            return size > 0 and size & (size - 1) == 0
        return size != self.number

    def nearest(self, size: int) -> int:
        """A size near a refused one that is taken; itself if there is none."""
        if self.rule in ("at most", "at least"):
            return self.number
        if self.rule in ("multiple", "blocks"):
            return max(size // self.number, 1) * self.number
        if self.rule == "power":
            return 1 << max(size.bit_length() - 1, 0)
        return size


def rule_of(size: int, taken: int, raises: Raises) -> Sizes:
    """The rule by which a size is refused and another is taken.

    `taken` may be taken by accident: a rule of multiples is read off sizes of its own.
    """
    for k in _BLOCKS:
        if taken <= k < size and size % k and _in_blocks(k, raises):
            return Sizes("blocks", k)
    for k in (*_BLOCKS, taken):
        if k > 1 and size % k and _in_multiples(k, raises):
            return Sizes("multiple", k)
    power = 1 << (size - 1).bit_length() if size else 0
    if size > 2 and not raises(power) and raises(3 * power) and not raises(4 * power):
        return Sizes("power", 2)
    step = taken if taken in _STEPS else 1
    beyond = [k for k in (power, 4 * power) if size < k <= _LARGEST]
    if size > taken and all(map(raises, beyond)):
        most = _between(taken, size, step, raises)
        if all(map(raises, _powers(most, size))):
            return Sizes("at most", most)
    if 0 < size < taken and (size == 1 or raises(1)):
        return Sizes("at least", _between(taken, size, step, raises))
    return Sizes("but", size)


def affordable(size: int, taken: int, raises: Raises) -> Sizes:
    """What is taken where memory is short, within a factor of two: any closer would fill it."""
    while (size := size // 2) > taken and raises(size):
        pass
    return Sizes("at most", max(size, taken))


def _in_blocks(k: int, raises: Raises) -> bool:
    """True if a single block may have any size, and several must be full."""
    some = (k + 1, 3 * k - 1)
    return all(map(raises, some)) and not any(map(raises, (3 * k, k - 1, k // 2 + 1)))


def _in_multiples(k: int, raises: Raises) -> bool:
    some = (k + 1, 3 * k - 1) if k == 2 else (k + 1, 3 * k - 1, 3 * k // 2)
    return all(map(raises, some)) and not any(map(raises, (3 * k, k)))


def _powers(low: int, high: int) -> set[int]:
    """The least and the largest power of two between two sizes, which whole blocks fill."""
    ends = 1 << low.bit_length(), 1 << (high - 1).bit_length() >> 1
    return {k for k in ends if low < k < high}


def _between(taken: int, refused: int, step: int, raises: Raises) -> int:
    """The last size that is taken, in steps from a taken one to a refused one."""
    way = step if refused > taken else -1
    low, high = 0, -((taken - refused) // way)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if raises(taken + middle * way) else (middle, high)
    return taken + low * way


_REFUSED = {
    "at most": "more than {0:,} {1}", "at least": "fewer than {0:,} {1}",
    "multiple": "{1} that are not a multiple of {0}",
    "blocks": "more than {0:,} {1} that are not a multiple of {0:,}",
    "power": "{1} that are no power of two", "but": "{0:,} {1}",
}  # fmt: skip


def refused_words(sizes: Sizes, noun: str) -> str:
    """More than 4,096 classes; rows that are not a multiple of 8."""
    return _REFUSED[sizes.rule].format(sizes.number, noun)


def taken_words(refused: Iterable[Sizes], noun: str) -> str:
    """4 to 1,024 classes; multiples of 8 rows; not 5, 7 or 9 classes."""
    found = grouped((sizes.rule, sizes.number) for sizes in refused)
    low, high = max(found.get("at least", [0])), min(found.get("at most", [0]))
    said = [
        *([f"{_range(low, high)} {noun}"] if low or high else []),
        *(f"multiples of {k} {noun}" for k in found.get("multiple", [])),
        *(f"up to {k:,} {noun} and multiples of {k:,}" for k in found.get("blocks", [])),
        *(f"powers of two {noun}" for _ in found.get("power", [])[:1]),
    ]
    if but := sorted(found.get("but", [])):
        said.append(f"not {named(but)} {noun}")
    return ", ".join(said)


def _range(low: int, high: int) -> str:
    if not low or not high:
        return f"up to {high:,}" if high else f"at least {low:,}"
    return f"{low:,} to {high:,}" if low < high else f"only {high:,}"


def named(sizes: list[int]) -> str:
    """5, 7 or 9; 5, 7, 9 and 12 other numbers of."""
    shown = [f"{n:,}" for n in sizes[:_NAMED]]
    if len(sizes) > _NAMED:
        return f"{', '.join(shown)} and {len(sizes) - _NAMED} other numbers of"
    return " or ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
