"""What an example has that a law may not have seen yet: shapes, views, options, kinds of values.

A law that makes further calls looks at few examples. They are those that tell it something: each
has a trait, or a pair of an option and a reduction, that none before it had.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.floats import Array
from conformance.model import Example

Trait = tuple[object, ...]
#: Options are seen this often: what is wrong with them is often so in some layouts only.
_TWICE = 2
#: An option is worth as much as so many sizes, axes and layouts: there are few of it.
_WORTH = 3
#: A cap so many times above all logits is as good as none, as is a temperature as near to 1, and
#: a cotangent that varies as little is constant. In a row of a wider range one class has it all.
_IDLE = 16
_MILD = 32
_FIRST = 64


def traits(e: Example) -> dict[Trait, int]:
    """All that tells an example from others, and at how many examples a law is to see it."""
    if _all_ignored(e):  # a loss of 0, or of nothing: that alone
        return {("all ignored", e.reduction): 1}
    found = dict.fromkeys(_traits(e), 1)
    if e.function.labelled:
        found |= dict.fromkeys(_of_options(e), _TWICE)
    elif _varies(e, 1 / _IDLE):  # along a constant cotangent no softmax has a gradient
        at_work = [name for name in e.options if _works(e, name)]
        found |= {("option", name, part): 1 for name in at_work for part in range(_WORTH)}
    return found


def _works(e: Example, name: str) -> bool:
    """False for a temperature near 1, and for a cap far above all logits of rows that are mild."""
    value = e.options[name]
    if name == "temperature":
        return bool(abs(value - 1) > 1 / _IDLE)
    if name == "softcap":
        x = e.x.astype(np.float64)
        mild = np.ptp(x, axis=-1) < _MILD
        return bool((np.abs(x[mild]) * _IDLE > value).any())
    return True


def _all_ignored(e: Example) -> bool:
    index = e.options.get("ignore_index")
    return index is not None and bool((e.labels == index).all())


def _varies(e: Example, much: float = 0) -> bool:
    """True if the cotangent varies, by more than so much of its largest number."""
    cotangent = e.args["cotangent"].astype(np.float64)
    if not cotangent.size:
        return False
    low, high = float(cotangent.min()), float(cotangent.max())
    return high - low > much * max(-low, high)


def _traits(e: Example) -> Iterator[Trait]:
    x, view = e.x, e.view
    rank = len(view.batch) + 1
    yield "rows", _size(len(x))
    yield "rank", min(rank, 3)
    if e.function.rowwise:
        yield "classes", _size(x.shape[-1])
        yield "axis", view.axis % rank == rank - 1, view.axis % rank == 0
    yield "layout", view.layout
    if view.layout == "C" and view.axis % rank == rank - 1:  # what kernels are fast at
        yield "plain", _size(x.shape[-1])[0] if e.function.rowwise else 0
    yield from _of_values(e)
    cotangent = e.args.get("cotangent")
    if cotangent is not None and cotangent.size > 1:
        yield "cotangent", not _varies(e)
        if _of_many_bits(cotangent):  # small integers hide what is rounded
            yield "bits of the cotangent", _size(x.shape[-1])[0] if e.function.rowwise else 0


def _size(size: int) -> tuple[int, bool]:
    """A class of sizes that a kernel may treat alike: 0, 1, 2, 3-32, 33-512, more; powers of 2."""
    kind = size if size <= 2 else (3 if size <= 32 else 4 if size <= 512 else 5)
    return kind, not size & (size - 1)


def _of_many_bits(values: Array) -> bool:
    """True if some number has more than six significant bits; mostly one of the first has."""
    flat = values.reshape(-1)
    return _some_of_many_bits(flat[:_FIRST]) or _some_of_many_bits(flat[_FIRST:])


def _some_of_many_bits(values: Array) -> bool:
    with np.errstate(invalid="ignore"):
        significand = np.frexp(values.astype(np.float64))[0] * 64
        return bool((significand != np.rint(significand)).any())


def _of_values(e: Example) -> Iterator[Trait]:
    if e.family.startswith(("all ignored", "an infinite", "special")):
        yield "family", e.family
    for name in e.not_finite:
        yield "value", name


def _of_options(e: Example) -> Iterator[Trait]:
    kind = e.labels.ndim, e.labels.dtype.kind
    yield "labels", kind
    yield "reduction", e.reduction, len(e.x) > 1
    for name, value in e.options.items():
        if name == "reduction" or value is None:
            continue
        yield name, np.ndim(value), e.reduction
        if np.ndim(value) and not e.function.rowwise:  # it has the shape of the batch
            yield name, "of", len(e.view.batch), e.reduction
        yield name, kind
        if name == "ignore_index":
            yield name, bool(value < 0)
        elif np.ndim(value):
            yield name, "zeros" if (np.asarray(value) == 0).any() else "positive"
