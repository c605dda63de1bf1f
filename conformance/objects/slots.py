"""What to pass in each place of an object's call, from its signature and what `--as` says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from conformance.errors import LoadError
from conformance.functions import FUNCTIONS
from conformance.kernels.arguments import DEFAULTS
from conformance.kernels.parameters import EMPTY, Parameter, parameters
from conformance.objects import synonyms
from conformance.objects.calls import As, Item, Spelled, flat

#: What a call means that does not give an option.
MEANT = {"axis": -1, **DEFAULTS}


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument of the object's call: what is passed, and the name if it is passed by name."""

    item: Item
    name: str = ""
    default: Any = EMPTY


class Layout:
    """Finds what to pass in each place of the object's call."""

    def __init__(self, target: Callable[..., Any], said: As, where: str) -> None:
        self._said, self._where = said, where
        self._known = parameters(target)
        self._names = {p.name for p in self._known or () if not p.star}
        self._open = self._known is None or any(p.star == "**" for p in self._known)
        #: Options of which it is not known whether its **keywords are read for them.
        self.assumed: set[str] = set()
        #: Parameters that a call leaves at their defaults.
        self.left: list[str] = []
        self._check_names()

    def slots(self) -> Iterator[Slot]:
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

    def _ordered(self, order: tuple[Item, ...]) -> Iterator[Slot]:
        """The arguments as the call is written; further ones are passed by name."""
        items = list(order)
        if isinstance(self._said.out, int):
            items.insert(self._said.out, Spelled("out"))
        yield from (Slot(item) for item in items)
        placed = {item.name for item in flat(order)}
        left = [p for p in self._known or () if not p.star][len(items) :]
        for p in left:
            item = self._item(p)
            if item is not EMPTY and not (isinstance(item, Spelled) and item.name in placed):
                yield Slot(item, f"={p.name}", p.default)
            elif item is EMPTY:
                self._leave(p)
        if self._open:
            yield from self._by_other_names({*placed, *map(self._owner, left)})

    def _untold(self) -> Iterator[Slot]:
        """The arguments of a built-in: arrays in the spec's order, the rest by given names."""
        said = self._said
        items: list[Item] = [Spelled(a) for a in said.arrays if a not in said.renamed]
        if isinstance(said.out, int):
            items.insert(said.out, Spelled("out"))
        yield from (Slot(item) for item in items)
        yield from self._by_other_names(set())

    def _by_other_names(self, done: set[str]) -> Iterator[Slot]:
        """The arguments that --as names, for an object that does not tell its own names."""
        said = self._said
        yield from (Slot(Spelled(k), f"={v}") for k, v in said.renamed.items() if k not in done)
        if isinstance(said.out, str) and "out" not in done:
            yield Slot(Spelled("out"), f"={said.out}")
        left = {k: v for k, v in said.constants.items() if k not in self._names}
        yield from (Slot(v, f"={k}") for k, v in left.items())

    def _told(self, known: tuple[Parameter, ...]) -> Iterator[Slot]:
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
            if item is EMPTY:
                self._leave(p)
            else:
                yield Slot(item, self._by(p, place, known), p.default)
        if waiting:
            raise self._wrong(f"has no argument for {waiting[0]}; it has {self._there_are()}")

    def _leave(self, p: Parameter) -> None:
        """Leave a parameter at its default. LoadError if it has none."""
        if p.default is EMPTY:
            raise self._needs(p.name)
        if not self._owner(p):
            self.left.append(p.name)

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

    def _starred(self, p: Parameter, waiting: list[str], owned: set[str]) -> Iterator[Slot]:
        """The arguments for *args, the remaining arrays, and **keywords, the remaining options."""
        if p.star == "*":
            yield from (Slot(Spelled(a)) for a in waiting)
            waiting.clear()
            return
        said = self._said
        for name in said.function.options:
            if name not in owned and name not in said.fixed and name not in said.renamed:
                self.assumed.add(name)
                yield Slot(Spelled(name), f"={name}", MEANT[name])
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
        if p.name in said.arrays and p.name not in said.renamed:
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
