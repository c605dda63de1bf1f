"""An object called as `--as` says, in the form that every file has: arrays, then options by name.

What a call needs is laid out once, from the object's own signature; a call fills it in.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, prod
from typing import Any

from conformance.backends import Unsupported
from conformance.errors import LoadError
from conformance.functions import FUNCTIONS
from conformance.kernels.arguments import DEFAULTS
from conformance.kernels.failures import type_of
from conformance.objects import synonyms
from conformance.objects.calls import BATCHMEAN, As, Item, Spelled, flat
from conformance.objects.parameters import EMPTY, Parameter, parameters

#: What a call means that does not give an option.
_MEANT = {"axis": -1, **DEFAULTS}
#: Of these laws ask what the default is.
_ASKED = ("axis", "reduction")


@dataclass(frozen=True, slots=True)
class _Slot:
    """One argument of the object's call: what is passed, and the name if it is passed by name."""

    item: Item
    name: str = ""
    default: Any = EMPTY


class Adapted:
    """An object as a function of the spec: `adapted(*arrays, **options)`.

    `accepted` are the options that can be varied, of which `assumed` are those that only its
    **keywords take; those that are built in are `fixed`.
    """

    def __init__(self, target: Callable[..., Any], said: As, where: str = "") -> None:
        self.target = target
        self.said = said
        self.where = where or getattr(target, "__name__", type(target).__name__)
        self.__name__ = said.name
        layout = _Layout(self)
        self._slots = tuple(layout.slots())
        given = {item.name for slot in self._slots for item in flat((slot.item,))}
        self._writes = isinstance(said.out, int | str) or "out" in given
        self.accepted = frozenset(given.intersection(said.function.options) - set(said.fixed))
        self.assumed = self.accepted & layout.assumed
        self._wants_a_mask = any(
            _is_mask(slot.item) and slot.default is EMPTY for slot in self._slots
        )
        if said.own_defaults:
            self.__signature__ = self._signature()

    def _signature(self) -> inspect.Signature:
        """The options and their defaults as the object has them, by the spec's names."""
        taken = [s for s in self._slots if isinstance(s.item, Spelled) and s.item.name in _MEANT]
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
    def shifted(self) -> dict[str, Any]:
        """Options with defaults of their own, in place of which the spec's are passed."""
        each = ((s.item.name, s.default) for s in self._slots if isinstance(s.item, Spelled))
        return {n: d for n, d in each if n in _MEANT and shifted(n, d)}

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
                named[slot.name.removeprefix("=")] = _filled(slot.item, values)
            else:
                placed.append(_filled(slot.item, values))
        return placed, named

    def _omits(self, slot: _Slot, values: Mapping[str, Any]) -> bool:
        """True for an option that is absent and whose meaning is the object's own default."""
        item = slot.item
        if not isinstance(item, Spelled) or item.name in values or slot.default is EMPTY:
            return False
        if self.said.own_defaults:
            return not shifted(item.name, slot.default)
        meant = _MEANT[item.name]
        return meant is None or bool(slot.default == meant)

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
        return values.get(name, self.fixed.get(name, _MEANT[name]))


def shifted(option: str, default: Any) -> bool:
    """True if a call without the option means another number, of which no law asks."""
    meant = None if option in _ASKED else _MEANT[option]
    numbers = isinstance(default, int | float) and isinstance(meant, int | float)
    return numbers and bool(default != meant)


def _filled(item: Item, values: Mapping[str, Any]) -> Any:
    if isinstance(item, Spelled):
        return values[item.name] if item.name in values else _MEANT[item.name]
    if isinstance(item, tuple | list):
        return type(item)(_filled(part, values) for part in item)
    return item


def _is_mask(item: Item) -> bool:
    return isinstance(item, Spelled) and item.name == "where"


def _wants_a_graph(arrays: Sequence[Any]) -> bool:
    return any(getattr(a, "requires_grad", False) is True for a in arrays)


class _Layout:
    """Finds what to pass in each place of the object's call."""

    def __init__(self, of: Adapted) -> None:
        self._said, self._where = of.said, of.where
        self._known = parameters(of.target)
        self._names = {p.name for p in self._known or () if not p.star}
        self._open = self._known is None or any(p.star == "**" for p in self._known)
        #: Options of which it is not known whether its **keywords are read for them.
        self.assumed: set[str] = set()
        self._check_names()

    def slots(self) -> Iterator[_Slot]:
        """The arguments, those by place first. LoadError for what is missing."""
        if self._said.order is not None:
            yield from self._ordered(self._said.order)
        elif self._known is None:
            yield from self._untold()
        else:
            yield from self._told(self._known)

    def _check_names(self) -> None:
        """LoadError for a name that the object does not have."""
        said = self._said
        places = [said.out] if isinstance(said.out, str) else []
        if isinstance(said.out, int) and said.out > self._last():
            raise self._wrong(
                f"has no argument {said.out}, counted from 0; it has {self._there_are()}"
            )
        if self._open:
            return
        for name in (*said.renamed.values(), *said.constants, *places):
            if name not in self._names:
                raise self._wrong(
                    f"takes no argument {name!r}; it has {self._there_are()}{self._has_it(name)}"
                )

    def _has_it(self, option: str) -> str:
        """Which loss of the spec has an option that this one lacks."""
        other = f"{self._said.function.name}_with_logits"
        there = other in FUNCTIONS and option in FUNCTIONS[other].options
        return f". The loss with this option is {other}" if there else ""

    def _last(self) -> float:
        """The last place at which an output may stand."""
        if self._said.order is not None:
            return len(self._said.order)
        starred = self._known is None or any(p.star == "*" for p in self._known)
        return inf if starred else len(self._names) - 1

    def _there_are(self) -> str:
        return ", ".join(p.name for p in self._known or () if not p.star) or "none"

    def _ordered(self, order: tuple[Item, ...]) -> Iterator[_Slot]:
        """The arguments as the call is written; further ones are passed by name."""
        items = list(order)
        if isinstance(self._said.out, int):
            items.insert(self._said.out, Spelled("out"))
        yield from (_Slot(item) for item in items)
        placed = {item.name for item in flat(order)}
        left = [p for p in self._known or () if not p.star][len(items) :]
        for p in left:
            item = self._item(p)
            if item is not EMPTY and not (isinstance(item, Spelled) and item.name in placed):
                yield _Slot(item, f"={p.name}", p.default)
            elif item is EMPTY and p.default is EMPTY:
                raise self._needs(p.name)
        if self._open:
            yield from self._by_other_names({*placed, *map(self._owner, left)})

    def _untold(self) -> Iterator[_Slot]:
        """The arguments of a built-in: arrays in the spec's order, the rest by given names."""
        said = self._said
        items: list[Item] = [Spelled(a) for a in said.arrays if a not in said.renamed]
        if isinstance(said.out, int):
            items.insert(said.out, Spelled("out"))
        yield from (_Slot(item) for item in items)
        yield from self._by_other_names(set())

    def _by_other_names(self, done: set[str]) -> Iterator[_Slot]:
        """The arguments that --as names, for an object that does not tell its own names."""
        said = self._said
        yield from (_Slot(Spelled(k), f"={v}") for k, v in said.renamed.items() if k not in done)
        if isinstance(said.out, str) and "out" not in done:
            yield _Slot(Spelled("out"), f"={said.out}")
        left = {k: v for k, v in said.constants.items() if k not in self._names}
        yield from (_Slot(v, f"={k}") for k, v in left.items())

    def _told(self, known: tuple[Parameter, ...]) -> Iterator[_Slot]:
        """The arguments by the object's own names, or else by position in the spec's order."""
        owned = {self._owner(p) for p in known}
        waiting = [a for a in self._said.arrays if a not in owned]
        taking = self._taking(known, waiting)
        for place, p in enumerate(known):
            if p.star:
                yield from self._starred(p, waiting, owned)
                continue
            item = Spelled("out") if place == self._said.out else self._item(p)
            if p.name in taking:
                item = Spelled(taking[p.name])
                waiting.remove(taking[p.name])
            if item is EMPTY and p.default is EMPTY:
                raise self._needs(p.name)
            if item is not EMPTY:
                yield _Slot(item, self._by(p, place, known), p.default)
        if waiting:
            raise self._wrong(f"has no argument for {waiting[0]}; it has {self._there_are()}")

    def _taking(self, known: tuple[Parameter, ...], waiting: list[str]) -> dict[str, str]:
        """The parameters without a name of the spec's that take arrays, each with its array."""
        free = [
            p.name
            for place, p in enumerate(known)
            if p.by_place and not p.star and place != self._said.out and self._item(p) is EMPTY
        ][: len(waiting)]
        if len(free) < len(waiting):  # the others are taken as *args
            return dict(zip(free, waiting, strict=False))
        return {own: array for array, own in synonyms.arrays(waiting, free).items()}

    def _item(self, p: Parameter) -> Item:
        """What to pass for a parameter; EMPTY for nothing."""
        if p.name in self._said.constants:
            return self._said.constants[p.name]
        name, fixed = self._owner(p), self._said.fixed
        if name not in fixed:
            return Spelled(name) if name else EMPTY
        alike = p.default is EMPTY or p.default is None or type(p.default) is type(fixed[name])
        return fixed[name] if alike else EMPTY  # a code of its own: left at its default

    def _starred(self, p: Parameter, waiting: list[str], owned: set[str]) -> Iterator[_Slot]:
        """The arguments for *args, the remaining arrays, and **keywords, the remaining options."""
        if p.star == "*":
            yield from (_Slot(Spelled(a)) for a in waiting)
            waiting.clear()
            return
        said = self._said
        for name in said.function.options:
            if name not in owned and name not in said.fixed and name not in said.renamed:
                self.assumed.add(name)
                yield _Slot(Spelled(name), f"={name}", _MEANT[name])
        yield from self._by_other_names(owned)

    def _by(self, p: Parameter, place: int, known: tuple[Parameter, ...]) -> str:
        """The name by which an argument may be passed; preceded by "=" if it must be."""
        skipped = any(
            not q.star and q.default is not EMPTY and not self._filled_in(q) for q in known[:place]
        )
        if not p.by_place or (skipped and p.by_name):
            return f"={p.name}"
        return p.name if p.by_name else ""

    def _filled_in(self, p: Parameter) -> bool:
        return self._item(p) is not EMPTY

    def _owner(self, p: Parameter) -> str:
        """The spec's name for a parameter; empty if it has none."""
        said = self._said
        back = {v: k for k, v in said.renamed.items()}
        if p.name in back:
            return back[p.name]
        if p.name == said.out:
            return "out"
        if p.name in (*said.arrays, *said.function.options) and p.name not in said.renamed:
            return p.name
        others = [q.name for q in self._known or () if q.name not in back]
        name = synonyms.option(p.name, said.function, others)
        return "" if name in said.renamed else name

    def _needs(self, name: str) -> LoadError:
        own = self._said.text.removesuffix(")")
        joint = "(" if "(" not in own else ", " if not own.endswith("(") else ""
        return self._wrong(
            f"needs an argument {name!r}: give it with --as '{own}{joint}{name}=...)'"
        )

    def _wrong(self, why: str) -> LoadError:
        return LoadError(f"{self._where} {why}")


def adapted(target: object, said: As, where: str = "") -> Adapted:
    """The object as a function of the spec. LoadError for one that cannot be called so."""
    if not callable(target):
        raise LoadError(f"{where}: is {type_of(target)} and cannot be called")
    assert said.name.removesuffix("_vjp") in FUNCTIONS
    return Adapted(target, said, where)
