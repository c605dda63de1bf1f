"""Classes of inputs changed: plainer, larger, of other sizes, with other options."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from conformance.kernels.input_classes import InputClass

#: Elements of a square that is tried.
_SQUARE = 2**20
#: A part of what a class is, by name, and what it is.
Feature = tuple[str, Any]


def sized(c: InputClass, name: str, size: int) -> InputClass:
    """The class with so many "rows", "classes", or numbers of a "width"."""
    if name == "classes":
        return replace(c, classes=size)
    if name == "width":
        return replace(c, width=size)
    return replace(c, rows=size, batch=(*[1] * (len(c.batch) - 1), size) if c.batch else ())


def spared(c: InputClass) -> Iterator[InputClass]:
    """The class without numbers that are not finite, then with each kind of those that it has."""
    yield replace(c, special=())
    yield from (replace(c, special=(number,)) for number in c.special)


def squared(c: InputClass) -> InputClass | None:
    """The class with all axes as long; None if it is one of vectors, or would be large."""
    n, axes = c.classes or max(c.batch, default=0), len(c.batch)
    if c.rank < 2 or n < 2 or n**c.rank > _SQUARE:
        return None
    return replace(c, rows=n**axes, batch=(n,) * axes)


def larger(c: InputClass, features: tuple[Feature, ...]) -> Iterator[InputClass]:
    """The class with thrice the rows, and thrice the classes, where those are no part of it."""
    named = {name for name, _ in features}
    if c.batch and named.isdisjoint({"rows", "batch", "fmt"}) and c.rows:
        yield replace(c, batch=(*c.batch[:-1], 3 * c.batch[-1]), rows=3 * c.rows)
    if c.classes and named.isdisjoint({"classes", "fmt"}):
        yield sized(c, "classes", 3 * c.classes)


def simplifications(
    c: InputClass, plain: InputClass
) -> Iterator[Callable[[InputClass], InputClass | None]]:
    """Changes that make a class plainer, each to be kept if the call still raises."""
    if c.quantity != "value":
        yield lambda now: replace(now, quantity="value")
    for name, kind in c.options:
        own = dict(plain.options).get(name)
        yield lambda now, name=name, own=own: optioned(now, name, own)  # type: ignore[misc]
        if isinstance(kind, float) and own is None:
            yield lambda now, name=name: _usual(now, name)  # type: ignore[misc]
    yield lambda now: replace(now, layout=plain.layout)
    yield lambda now: replace(now, axis=plain.axis)
    yield lambda now: replace(now, batch=plain.batch, rows=plain.rows)
    yield lambda now: _small(now, plain)
    yield lambda now: replace(now, labels=plain.labels, label_type=plain.label_type)
    yield lambda now: replace(now, classes=plain.classes)
    yield lambda now: replace(now, width=plain.width)


def optioned(c: InputClass, name: str, kind: Any) -> InputClass:
    """With an option of another kind; without it for None."""
    own = () if kind is None else ((name, kind),)
    return replace(c, options=tuple(sorted((*c.without(name).options, *own))))


def _usual(c: InputClass, name: str) -> InputClass | None:
    """The class with a harmless number for an option that is given."""
    return optioned(c, name, "some") if name in dict(c.options) else None


def _small(c: InputClass, plain: InputClass) -> InputClass | None:
    """The class with few rows and as many axes as before."""
    if not c.batch or not plain.rows or c.rows in (0, plain.rows):
        return None
    return sized(c, "rows", plain.rows)
