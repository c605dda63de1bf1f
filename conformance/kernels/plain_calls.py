"""The simplest calls that a kernel takes, from which its limits are found.

Most kernels take small matrices. One that takes a single size, as a kernel compiled for 1,000
classes, is called with a shape that its file declares, else with the sizes that its refusals name,
else with usual ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import permutations, zip_longest
from math import prod
from typing import Any

from conformance.kernels.call import Call, How
from conformance.kernels.failures import CallFailed
from conformance.kernels.input_classes import InputClass, plain_classes, shaped_class
from conformance.kernels.named_sizes import Shape
from conformance.model import Function

#: Elements of a plain call: a batch of 32 rows of the longest vocabulary has no more.
LARGEST = 2**23
#: Shapes that are tried of those that were named, and calls in all.
_SHAPES, _CALLS = 40, 200
#: What stands for a size that a declared shape leaves open.
_OPEN = (3, 4, 16, 128)
_USUAL = (2, 10, 100, 256, 1000, 1024, 4096)
#: Arrays of more axes than a matrix has, as images.
_RANKS = ((2, 3, 4), (2, 3, 4, 5))

#: What every plain call of a function in a mode raised, of those of which none gave a result.
_RAISED: dict[tuple[int, str], tuple[object, str]] = {}

#: Makes the call: None, or what came of it.
Try = Callable[[InputClass], Exception | None]


class PlainCalls:
    """The plainest class of inputs that gives a result, in each format and of each quantity."""

    def __init__(
        self, function: Function, accepts: frozenset[str], built_in: Mapping[str, Any], attempt: Try
    ) -> None:
        self._function, self._accepts, self._built_in = function, accepts, built_in
        self._attempt = attempt
        self._found: dict[tuple[str, str], InputClass | None] = {}
        self._named: dict[Shape, None] = {}
        self._asked = False
        self._whose: tuple[object, str] = (None, "")

    def of(self, called: object, mode: str) -> None:
        """Know whose calls these are: others of them, in other formats, may have told enough."""
        self._whose = called, mode

    def __call__(self, fmt: str, quantity: str = "value") -> InputClass | None:
        """The plainest class of inputs that gives a result; None if there is none."""
        key = fmt, quantity
        if key not in self._found:
            self._found[key] = None
            self._found[key] = self._searched(fmt, quantity)
        return self._found[key]

    def _searched(self, fmt: str, quantity: str) -> InputClass | None:
        """The first class that gives a result; one exception of all calls is not searched twice."""
        said: set[str] = set()
        for c in self._tried(fmt, quantity):
            came = self._attempt(c)
            if came is None:
                return c
            said.add(self._raised(came))
            if quantity == "value" and self._always and said == {self._always}:
                return None
        if quantity == "value" and len(said) == 1:
            called, mode = self._whose
            _RAISED[id(called), mode] = called, said.pop()
        return None

    @property
    def _always(self) -> str:
        called, mode = self._whose
        return _RAISED.get((id(called), mode), (None, ""))[1]

    def _raised(self, came: Exception) -> str:
        """What a call raised, if it may be the same for all; the sizes that it names are noted."""
        if not isinstance(came, CallFailed):
            return ""
        self._named |= dict.fromkeys(came.sizes)
        return "" if came.sizes or came.kind != "raised" else str(came)

    def none(self, fmt: str) -> bool:
        """True if plain calls in a format have been made, and none gave a result."""
        return self._found.get((fmt, "value"), True) is None

    def only_by(self, how: How, call: Call, fmt: str) -> bool:
        """True if calls in a format give a result only where `call` is made by `how`.

        Then it is made so from now on. This is tried once.
        """
        usual = call.how
        if how is usual or self._asked or self(fmt) is not None:
            return False
        self._asked, call.how = True, how
        self._found.clear()
        if self(fmt) is None:
            call.how = usual
        return call.how is how

    @property
    def too_large(self) -> Shape:
        """A shape that is declared or named and has more elements than are tried; () if none."""
        declared = filled(self._built_in.get("shape", ()))
        return next((s for s in (*declared, *self._named) if prod(s) > LARGEST), ())

    def usual(self, fmt: str, quantity: str) -> Iterator[InputClass]:
        """Small matrices, the plainest first."""
        yield from plain_classes(self._function, fmt, quantity, self._accepts, self._built_in)

    def _tried(self, fmt: str, quantity: str) -> Iterator[InputClass]:
        known = [c for c in self._found.values() if c is not None]
        yield from self.usual(fmt, quantity)
        for shape in filled(self._built_in.get("shape", ())):
            yield from self._of_shape(shape, fmt, quantity)
        yield from (replace(c, fmt=fmt, quantity=quantity) for c in known)
        if quantity == "value" and not known:
            yield from self._of_named(fmt)
            usual = [(2, n) if self._function.rowwise else (n,) for n in _USUAL]
            for shape in (*usual, *_RANKS):
                yield from self._of_shape(shape, fmt, quantity)

    def _of_named(self, fmt: str) -> Iterator[InputClass]:
        """The sizes that refusals name, including those named meanwhile."""
        tried: set[InputClass] = set()
        while len(tried) < _CALLS:
            new = next((c for c in self._by_kind(fmt) if c not in tried), None)
            if new is None:
                return
            tried.add(new)
            yield new

    def _by_kind(self, fmt: str) -> Iterator[InputClass]:
        """All shapes with the plainest labels and reduction, then with the next."""
        of = (self._of_shape(shape, fmt, "value") for shape in self._shapes()[:_SHAPES])
        yield from (c for each in zip_longest(*of) for c in each if c is not None)

    def _shapes(self) -> list[Shape]:
        """Shapes made of the named sizes: as given, then few rows of one size, then of two."""
        sizes = list(dict.fromkeys(n for shape in self._named for n in shape))
        found = [shape for shape in self._named if len(shape) > 1]
        if self._function.rowwise:
            found += [(2, n) for n in sizes if n > 1]
            found += [(n,) for n in sizes if n > 1]
        else:
            found += [(n,) for n in sizes]
        found += list(permutations(sizes, 2)) + [(n, n) for n in sizes]
        return list(dict.fromkeys(found))

    def _of_shape(self, shape: Shape, fmt: str, quantity: str) -> Iterator[InputClass]:
        if prod(shape) <= LARGEST:
            yield from shaped_class(
                self._function, shape, fmt, quantity, self._accepts, self._built_in
            )


def shape(value: Any) -> Shape:
    """A shape as a person writes it. ValueError, with what it should be."""
    whole = isinstance(value, tuple | list) and all(type(n) is int for n in value)
    if not whole or not value or any(n < 1 and n != -1 for n in value):
        raise ValueError("a shape such as (32, 1000), with -1 for any size")
    return tuple(value)


def filled(shape: Shape) -> Iterator[Shape]:
    """A declared shape with sizes for what it leaves open as -1."""
    sizes = _OPEN if -1 in shape else _OPEN[:1]
    if shape:
        yield from (tuple(size if n < 0 else n for n in shape) for size in sizes)
