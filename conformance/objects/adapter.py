"""An object called as `--as` says, in the form that every file has: arrays, then options by name.

What a call needs is laid out once, from the object's own signature; a call fills it in.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from conformance.backends import Unsupported
from conformance.errors import LoadError
from conformance.functions import FUNCTIONS
from conformance.kernels.failures import type_of
from conformance.kernels.parameters import EMPTY
from conformance.objects.calls import BATCHMEAN, REDUCTIONS, As, Item, Spelled, flat
from conformance.objects.slots import MEANT, Layout, Slot

#: Of these laws ask what the default is.
_ASKED = ("axis", "reduction")


@dataclass(frozen=True, slots=True)
class Named:
    """Stands for an array where a call is written and not made."""

    text: str

    def __repr__(self) -> str:
        return self.text


class Adapted:
    """An object as a function of the spec: `adapted(*arrays, **options)`.

    `accepted` are the options that can be varied, of which `assumed` are those that only its
    **keywords take; those that are built in are `fixed`. Parameters that stay at their defaults are
    `left`.
    """

    def __init__(self, target: Callable[..., Any], said: As, where: str = "") -> None:
        self.target = target
        self.said = said
        self.where = where or getattr(target, "__name__", type(target).__name__)
        self.__name__ = said.name
        layout = Layout(target, said, self.where)
        self._slots = tuple(layout.slots())
        given = {item.name for slot in self._slots for item in flat((slot.item,))}
        self._writes = isinstance(said.out, int | str) or "out" in given
        self.accepted = frozenset(given.intersection(said.function.options) - set(said.fixed))
        self.assumed = self.accepted & layout.assumed
        self.left = tuple(layout.left)
        self._wants_a_mask = any(
            _is_mask(slot.item) and slot.default is EMPTY for slot in self._slots
        )
        if said.own_defaults:
            self.__signature__ = self._signature()

    def _signature(self) -> inspect.Signature:
        """The options and their defaults as the object has them, by the spec's names."""
        taken = [s for s in self._slots if isinstance(s.item, Spelled) and s.item.name in MEANT]
        kind = inspect.Parameter.KEYWORD_ONLY
        return inspect.Signature(
            [inspect.Parameter(s.item.name, kind, default=s.default) for s in taken]
        )

    @property
    def own_names(self) -> dict[str, str]:
        """The object's names for options, and for arrays if they have an order of their own."""
        named = {s.item.name: s.name for s in self._slots if isinstance(s.item, Spelled)}
        arrays = self.said.arrays
        usual = arrays if tuple(n for n in named if n in arrays) == arrays else ()
        own = {n: there.removeprefix("=") for n, there in named.items() if n not in usual}
        return {name: there for name, there in own.items() if there not in ("", name)}

    @property
    def options(self) -> list[tuple[str, str, Any]]:
        """The options that it takes: the spec's name, its own, and its default or EMPTY."""
        named = ((s.item.name, s) for s in self._slots if isinstance(s.item, Spelled))
        taken = [(n, s) for n, s in named if n in self.accepted]
        return [(n, s.name.removeprefix("=") or n, s.default) for n, s in taken]

    @property
    def shifted(self) -> dict[str, Any]:
        """Options with defaults of their own, in place of which the spec's are passed."""
        each = ((s.item.name, s.default) for s in self._slots if isinstance(s.item, Spelled))
        return {n: d for n, d in each if n in MEANT and shifted(n, d)}

    @property
    def fixed(self) -> Mapping[str, Any]:
        """The options that are built in."""
        return self.said.fixed

    def __call__(self, *arrays: Any, **options: Any) -> Any:
        """Call the object. Unsupported if a gradient is asked of what keeps no graph."""
        self._check_axes(arrays[0])
        values = dict(zip(self.said.arrays, arrays, strict=True))
        values.update(options)
        if "where" not in values and self._wants_a_mask:
            values["where"] = (arrays[0] == arrays[0]) | (arrays[0] != arrays[0])  # NaN, too
        if self._writes:
            values["out"] = self._output(values)
        placed, named = self._arguments(values)
        found = self._called(placed, named, arrays)
        found = values["out"] if self._writes else self._chosen(found)
        found = self._averaged(found, arrays[0])
        if _wants_a_graph(arrays) and getattr(found, "requires_grad", True) is False:
            raise Unsupported("its result has no graph (requires_grad is False): no derivatives")
        return found

    def written(self, options: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The positional and named arguments of a call with these options, arrays by name."""
        values = {name: Named(name) for name in (*self.said.arrays, "out")}
        if "where" not in options and self._wants_a_mask:
            x = self.said.arrays[0]
            values["where"] = Named(f"({x} == {x}) | ({x} != {x})")
        return self._arguments({**values, **options})

    def _averaged(self, found: Any, first: Any) -> Any:
        """A batchmean as the mean that it is examined as: divided by the other axes' lengths.

        The bound of a mean has three roundings for 1/N, its product and this division, and so has
        that of the derivative of a mean.
        """
        if self.fixed.get("reduction") != BATCHMEAN:
            return found
        others = prod(first.shape[1:])
        return found / others if others > 1 else found

    def _called(self, placed: list[Any], named: dict[str, Any], arrays: Sequence[Any]) -> Any:
        """Call the object. Unsupported if it cannot write to an array that keeps a graph."""
        try:
            return self.target(*placed, **named)
        except RuntimeError as error:
            if not (self._writes and _wants_a_graph(arrays)):
                raise
            raise Unsupported(f"it writes to its output: no derivatives ({error})") from error

    def _check_axes(self, first: Any) -> None:
        ndim = self.said.ndim
        if ndim is not None and len(first.shape) != ndim:
            vectors = ValueError if ndim == 1 else Unsupported  # a limit, as of any other object
            raise vectors(f"it takes arrays with ndim={ndim}, as --as says")

    def _arguments(self, values: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The positional and named arguments; after an omitted option, all are named."""
        placed: list[Any] = []
        named: dict[str, Any] = {}
        omitted = False
        for slot in self._slots:
            missing = self._omits(slot, values)
            if not slot.name and missing:
                placed.append(slot.default)
            elif missing:
                omitted = True
            elif slot.name and (omitted or slot.name.startswith("=")):
                named[slot.name.removeprefix("=")] = self._filled(slot.item, values)
            else:
                placed.append(self._filled(slot.item, values))
        return placed, named

    def _omits(self, slot: Slot, values: Mapping[str, Any]) -> bool:
        """True for an option that is absent and whose meaning is the object's own default."""
        item = slot.item
        if not isinstance(item, Spelled) or item.name in values or slot.default is EMPTY:
            return False
        if item.name in self.said.own_values and item.name not in _ASKED:
            return False
        if self.said.own_defaults:
            return not shifted(item.name, slot.default)
        meant = MEANT[item.name]
        return meant is None or bool(slot.default == meant)

    def _filled(self, item: Item, values: Mapping[str, Any]) -> Any:
        """What is passed: an option's value as the object has it."""
        if isinstance(item, Spelled):
            usual = self.said.unsaid.get(item.name, MEANT.get(item.name))
            return self._own(item.name, values.get(item.name, usual))
        if isinstance(item, tuple | list):
            return type(item)(self._filled(part, values) for part in item)
        return item

    def _own(self, name: str, value: Any) -> Any:
        """The object's value for one of the spec's. ValueError for a reduction that it lacks."""
        pairs = self.said.own_values.get(name, ())
        word = isinstance(value, str)
        for meant, own in pairs:
            if meant is value or (word and meant == value):
                return own
        if pairs and word and value in REDUCTIONS:
            raise ValueError(f"none of its values means {name}={value!r}")
        return value

    def _chosen(self, found: Any) -> Any:
        """The result, which may be a part of what is returned."""
        if self.said.result is None:
            return found
        part = self.said.result
        try:
            return found[part]
        except (TypeError, IndexError, KeyError):
            if isinstance(part, str) and hasattr(found, part):  # a dataclass, a named tuple
                return getattr(found, part)
            said = f"returned {type_of(found)}, which has no [{part!r}]"
            raise TypeError(said) from None

    def _output(self, values: Mapping[str, Any]) -> Any:
        """The array to write to, filled with NaN so that unwritten elements show."""
        first = values[self.said.arrays[0]]
        shape = self._shape(tuple(first.shape), values)
        if hasattr(first, "new_full"):
            return first.new_full(shape, float("nan"), requires_grad=False)
        if hasattr(first, "fill"):
            made = type(first)(shape, first.dtype.newbyteorder("="))
            made.fill(float("nan"))
            return made
        raise Unsupported("out= needs arrays that can be written to; these cannot")

    def _shape(self, shape: tuple[int, ...], values: Mapping[str, Any]) -> tuple[int, ...]:
        function = self.said.function
        if self.said.gradient or function.shaped:
            return shape
        if function.reduces and self._option("reduction", values) != "none":
            return ()
        if not function.rowwise:
            return shape
        axis = self._option("axis", values) % len(shape)
        return (*shape[:axis], *shape[axis + 1 :])

    def _option(self, name: str, values: Mapping[str, Any]) -> Any:
        return values.get(name, self.fixed.get(name, MEANT[name]))


def shifted(option: str, default: Any) -> bool:
    """True if a call without the option means another number, of which no law asks."""
    meant = None if option in _ASKED else MEANT[option]
    numbers = isinstance(default, int | float) and isinstance(meant, int | float)
    return numbers and bool(default != meant)


def _is_mask(item: Item) -> bool:
    return isinstance(item, Spelled) and item.name == "where"


def _wants_a_graph(arrays: Sequence[Any]) -> bool:
    return any(getattr(a, "requires_grad", False) is True for a in arrays)


def adapted(target: object, said: As, where: str = "") -> Adapted:
    """The object as a function of the spec. LoadError for one that cannot be called so."""
    if not callable(target):
        raise LoadError(f"{where}: is {type_of(target)} and cannot be called")
    assert said.name.removesuffix("_vjp") in FUNCTIONS
    return Adapted(target, said, where)
