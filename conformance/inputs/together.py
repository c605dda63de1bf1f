"""All options that may meet in one call, where each derivative of a call is a program.

With a mask or a z_loss there are no weights, nor is a masked class smoothed: what these give
together is a convention, and so is a temperature beside a cap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from conformance.inputs.options import Combination, taken
from conformance.model import Function
from conformance.numerics.logits import OPTIONS


class Set(NamedTuple):
    """Options of a loss, further ones by name, and whether the loss is one of images."""

    combination: Combination
    further: tuple[str, ...]
    image: bool = False


_SETS: tuple[Set, ...] = (
    Set(("sum", "powers", "", 0.25, "soft"), ("temperature", "softcap")),
    Set(("mean", "powers", "-100", 0.1037, "index"), ("softcap", "temperature"), True),
    Set(("mean", "", "-100", 0.0, "index"), ("where", "softcap", "temperature", "z_loss")),
)


def sets(function: Function, accepted: frozenset[str], built_in: Mapping[str, Any]) -> list[Set]:
    """What a function with a second derivative takes of each: two options, of a loss one."""
    if "hvp" not in function.quantities:
        return []
    mine = _SETS if function.labelled else _SETS[-1:]
    mine = mine if not function.indexed else mine[1:]
    found = (_taken(each, accepted, built_in) for each in mine)
    return [s for s in found if _many(s) >= 2 - function.labelled]


def _taken(each: Set, accepted: frozenset[str], built_in: Mapping[str, Any]) -> Set:
    reduction, *rest = taken(each.combination, accepted)
    reduction = reduction if "reduction" in accepted else built_in.get("reduction", "mean")
    combination: Any = (reduction, *rest)
    return each._replace(combination=combination, further=(*_further(each.further, accepted),))


def _further(names: tuple[str, ...], accepted: frozenset[str]) -> Iterator[str]:
    """Those that are accepted: of a temperature and a cap the first."""
    found = [name for name in names if name in accepted]
    changing = [name for name in found if name in OPTIONS]
    return (name for name in found if name not in changing[1:])


def _many(each: Set) -> int:
    return sum(map(bool, each.combination[1:4])) + len(each.further)
