"""Layouts: where the class axis is, and how arrays lie in memory, change no value."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import prod

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.kernels.failures import CallFailed
from conformance.kernels.layouts import PERMUTED, layouts
from conformance.kernels.limit import Refused
from conformance.kernels.signatures import required
from conformance.model import Example, View
from conformance.spec.batches import rows_of
from conformance.spec.claims import Claims, holds
from conformance.spec.comparing import all_unchanged, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import (
    ALL,
    AXED,
    ROWWISE,
    array_options,
    law,
    turn_of,
    with_options,
    without_options,
)
from conformance.spec.which import each

layout_law = partial(
    law, why="An array is its elements.", source="the definition: a view holds the same numbers"
)
#: A layout with a law of its own, and those that do not take turns.
_SWAPPED = "swapped"
_APART = ("C", "F", "broadcast", _SWAPPED)


def _axes(e: Example) -> list[View]:
    """The same rows with the class axis in other places, positive and negative."""
    batch = e.view.batch or (1,)
    if prod(batch) != len(e.x):
        return []
    rank = len(batch) + 1
    places = [0, -1, rank - 1, -rank] + ([1] if rank > 2 else [])
    return [View(batch, axis) for axis in places if axis != e.view.axis]


@law("axis-does-not-matter", *AXED, needs="axis", costs=3, reshapes=True, when=each)
def axis_does_not_matter(f: Examination, e: Example) -> Claims:
    """f along axis k of the transposed array is f along the last axis

    Within 2B. The definition is one of rows, wherever they lie. NumPy's float16 sums along axis 0
    stop at 2048. [the definition: axes have names, not meanings]
    Reveals a hard-coded axis, keepdims on the wrong axis, labels not moved along.
    """
    if f.kernel.compiles:  # few: the first of two axes, the second of three
        others = [e.but(view=view) for view in _axes(e)[:1]] + [_cube(f, e)]
    else:
        others = [e.but(view=view) for view in _axes(e)[:4]]
    for other in others:
        if f.taken(other):
            rows = slice(0, len(other.x))
            yield unchanged(f, e, other, rows=rows, what=f"axis {other.view.axis}")


def _cube(f: Examination, e: Example) -> Example:
    """The middle of three axes, of one length if there are rows enough: none tells itself apart."""
    n = e.classes
    if not 1 < n * n <= len(e.x):
        return e.but(view=View(_pairs(len(e.x)), 1))
    return f.variant(e, "cube", lambda: rows_of(e, slice(0, n * n), View((n, n), 1)))


def _batched(e: Example) -> bool:
    return each(e) and len(e.view.batch) > 0


@law("default-axis-is-the-last", *AXED, needs="axis", costs=1, reshapes=True, when=_batched)
def default_axis_is_the_last(f: Examination, e: Example) -> Claims:
    """without axis= the classes are along the last axis, for F and an F_vjp with a default

    Within 2B. The interface: axis=-1, and F_vjp has the options of F. A default of None for all
    axes, as in SciPy and JAX, is another convention, which is not examined. [the interface]
    Reveals a default axis of 0 or 1.
    """
    last = _without_axis(f, e)
    yield unchanged(f, e, last, what="no axis given")
    if f.kernel.chooses("axis"):
        yield unchanged(f, e, last, "vjp", what="the gradient, no axis given")


def _without_axis(f: Examination, e: Example) -> Example:
    """The example with its classes last. Unsupported if no default stands for that axis."""
    last = e.but(view=View(e.view.batch, axis_given=False))
    if required(f.implementation.functions[f.function.name], "axis"):
        raise Unsupported("axis= has to be given")
    if f.kernel.may_span_all_axes and _spans_all_axes(f, last):
        raise Unsupported("its axis is None by default, which stands for all axes")
    return last


def _spans_all_axes(f: Examination, e: Example) -> bool:
    """True if the call without an axis gives what one row of all elements gives."""
    e = without_options(e, "keepdims")
    try:
        got = f.kernel.over_all_axes(e).astype(f.fmt.wide)
    except CallFailed:
        return False
    _, flat = f.beside(e, e.function.name, View(()), x=e.x.reshape(1, -1))
    near = _near(got, f.value(flat).reshape(1, -1), f.bound(flat).reshape(1, -1))
    return near and (len(e.x) > 1 or not e.function.by_class)


def _near(got: Array, want: Array, bound: Array) -> bool:
    """True if all numbers agree within 2B, NaN with NaN."""
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    return bool((same | (np.abs(got - want) <= 2 * bound)).all())


def _plain(e: Example) -> bool:
    return each(e) and e.view.layout == "C"


@law("batch-shape-does-not-matter", *ROWWISE, needs="no axis", costs=9, reshapes=True, masked=True,
     when=_plain)  # fmt: skip
def batch_shape_does_not_matter(f: Examination, e: Example) -> Claims:
    """an array of one, three or four axes gives what the matrix of its rows gives, or is refused

    Within 2B. Without axis= the classes are along the last axis. A function of matrices raises, or
    gives other numbers in another shape; what gives these numbers gives them their shape, and adds
    up all its losses. [the interface]
    Reveals axis 0 or 1 where the last is meant, a mean over the first axis alone, rows that are not
    shaped back, labels that are broadcast to other rows.
    """
    yield from _in_other_shapes(f, e, "value")


@law("gradient-batch-shape-does-not-matter", *ROWWISE, needs="vjp, no axis", costs=6, reshapes=True,
     masked=True, when=_plain)  # fmt: skip
def gradient_batch_shape_does_not_matter(f: Examination, e: Example) -> Claims:
    """an array of one, three or four axes has the gradient of the matrix of its rows, or is refused

    Within 2B. Each row has its own gradient, wherever it lies. Silent where the value is refused.
    [the interface]
    Reveals a backward pass along axis 0 or 1 where the last is meant.
    """
    yield from _in_other_shapes(f, e, "vjp")


def _in_other_shapes(f: Examination, e: Example, quantity: str) -> Claims:
    """What is claimed of each shape that is taken. Unsupported, at the end, if one is refused."""
    refused = ""
    for batch in _batches(len(e.x)):
        other = _laid_out(f, e, "C", View(batch))
        shape = "x".join(map(str, (*batch, e.x.shape[1])))
        asked = "value"
        try:
            f.value(other)
            asked = quantity
            f.computed(other, quantity)
        except Refused as limit:
            refused = refused or str(limit)
        except CallFailed as failed:
            if failed.kind not in ("raised", "shape"):
                raise
            if asked == quantity and _gives_rows(f, e, quantity, failed.numbers):
                yield holds(np.False_, what=f"given as {shape}: {failed.message}", at=other)
            else:
                refused = refused or str(failed)
        else:
            yield unchanged(f, e, other, quantity, what=f"given as {shape}")
            for how in ("mean", "sum") if "reduction" in f.accepts and quantity == "value" else ():
                matrix, array = (with_options(given, reduction=how) for given in (e, other))
                yield unchanged(f, matrix, array, what=f"the {how}, given as {shape}")
    if refused:
        raise Unsupported(f"for matrices only: {refused}")


def _batches(count: int) -> Iterator[tuple[int, ...]]:
    """Rows in arrays of three axes and of four; one row in an array of one, and of three."""
    if count == 1:
        yield from ((), (1, 1))
        return
    outer, inner = _divided(count)
    yield from ((1, count), (outer, inner), (*_divided(outer), inner))


def _divided(count: int) -> tuple[int, int]:
    inner = next((k for k in (3, 2, 5, 7) if count % k == 0 and count > k), 1)
    return count // inner, inner


def _gives_rows(f: Examination, e: Example, quantity: str, numbers: Array | None) -> bool:
    """True for the numbers of the rows of a matrix, in whatever shape they came."""
    if numbers is None:
        return False
    want = f.computed(e, quantity)
    got = numbers.astype(f.fmt.wide).reshape(want.shape)
    return _near(got, want, f.bound(e, quantity))


def _weighted(e: Example) -> bool:
    """Arrays with the option that few examples have as an array."""
    names = array_options(e)
    return "pos_weight" in names or (e.function.rowwise and bool(names))


def _turn(e: Example) -> int:
    """A number by which layouts take turns, of the numbers of an example and its shape."""
    return zlib.crc32(bytes(str(e.x.shape), "ascii"), turn_of(e))


@layout_law("layout-does-not-matter", *ALL, needs="layouts", costs=9, when=each, prefers=_weighted)
def layout_does_not_matter(f: Examination, e: Example) -> Claims:
    """strides, order, alignment and views of one array or of all change nothing

    Within 2B.
    Reveals raw pointers with assumed strides, memory read past a view, labels or weights read in
    the order of the logits.
    """
    arrays = [*e.function.arguments, *array_options(e)]
    taken = ((n, o) for n, o in _presented(f, e, _turn(e), 4, arrays) if f.taken(o))
    yield from all_unchanged(f, ((name, e, other) for name, other in taken), "value")
    yield from _permuted(f, e, "value")
    yield from _one_row(f, e, _turn(e) % len(e.x))


def _permuted(f: Examination, e: Example, quantity: str) -> Claims:
    """Rows in a batch of two axes, which lie in memory the other way round."""
    batch = _pairs(len(e.x))
    if not e.function.rowwise or len(batch) < 2 or "F" not in layouts(f.kernel.backend):
        return
    plain = _laid_out(f, e, "C", View(batch))
    other = _laid_out(f, e, PERMUTED, View(batch, -1, PERMUTED))
    if not (_given(f, plain, quantity) and _given(f, other, quantity)):
        return
    if (f.right(plain) | ~f.where(plain)).all():  # what takes matrices alone has no such batch
        yield unchanged(f, plain, other, quantity, what="permuted batch")


def _given(f: Examination, e: Example, quantity: str) -> bool:
    """False if the call is refused by raising, or gives no array of the right shape."""
    try:
        return f.taken(e, quantity)
    except CallFailed as error:
        if error.kind not in ("raised", "shape"):
            raise
        return False


def _one_row(f: Examination, e: Example, row: int) -> Claims:
    """A row that is repeated by stride 0; not one of equal numbers, which would all be one."""
    if e.function.rowwise and e.x[row].size and (e.x[row] == e.x[row, 0]).all():
        return
    view = View((len(e.x),), -1, "broadcast")
    repeated = rows_of(e, np.full(len(e.x), row), view)
    if "broadcast" in layouts(f.kernel.backend) and f.taken(repeated):
        yield unchanged(f, e, repeated, rows=np.full(len(e.x), row), what="broadcast")


@layout_law("byte-order-does-not-matter", *ALL, needs="layouts", costs=1, when=each, level="should")
def byte_order_does_not_matter(f: Examination, e: Example) -> Claims:
    """an array of the other byte order is refused, or gives what its numbers give

    Within 2B. NumPy and SciPy take them; PyTorch and JAX have none.
    Reveals swapped bytes, a dtype compared by == that takes >f8 for another format.
    """
    if _SWAPPED not in layouts(f.kernel.backend):
        raise Unsupported("the library has one byte order")
    other = _laid_out(f, e, _SWAPPED, replace(e.view, layout=_SWAPPED))
    if f.taken(other):
        yield unchanged(f, e, other, what="other byte order (big-endian)")


@layout_law("gradient-layout-does-not-matter", *ALL, needs="vjp, layouts", costs=7, when=each)
def gradient_layout_does_not_matter(f: Examination, e: Example) -> Claims:
    """strides, order, alignment and views of one array or of all change nothing of the gradient

    Within 2B.
    Reveals backward passes that assume contiguous arguments or cotangents, or one order of both.
    """
    arrays, turn = [*e.function.arguments, "cotangent"], turn_of(e)
    taken = ((n, o) for n, o in _presented(f, e, turn, 3, arrays) if f.taken(o, "vjp"))
    yield from all_unchanged(f, ((name, e, other) for name, other in taken), "vjp")
    yield from _permuted(f, e, "vjp")


def _presented(
    f: Examination, e: Example, turn: int, count: int, arrays: list[str]
) -> Iterator[tuple[str, Example]]:
    """The example in so many layouts of all its arrays, and in some of each array alone."""
    for name, view in (*_layouts(f, e, turn, count), *_unlike(f, e, turn, arrays)):
        yield name, _laid_out(f, e, name, view)


def displaced(f: Examination, e: Example) -> Iterator[tuple[str, Example]]:
    """The same values at other addresses: one element, or one byte, further in a buffer."""
    for name in ("offset", "unaligned"):
        if name in layouts(f.kernel.backend):
            yield name, _laid_out(f, e, name, View(e.view.batch, e.view.axis, name))


def _laid_out(f: Examination, e: Example, name: str, view: View) -> Example:
    """The example in a layout, the same object for every law that asks."""
    return f.variant(e, f"{name} {view.batch}", lambda: e.but(view=view))


def _layouts(f: Examination, e: Example, turn: int, count: int) -> Iterator[tuple[str, View]]:
    """Fortran order and others by turns; of a flat batch F, and every other one, in pairs."""
    names = [n for n in layouts(f.kernel.backend) if n not in _APART]
    chosen = [names[(turn + k) % len(names)] for k in range(min(count - 1, len(names)))]
    flat = _takes_any_batch(f) and len(e.view.batch) == 1
    for k, name in enumerate(["F", *chosen]):
        paired = flat and (name == "F" or (turn + k) // len(names) % 2 == 0)
        yield name, View(_pairs(len(e.x)) if paired else e.view.batch, e.view.axis, name)


def _takes_any_batch(f: Examination) -> bool:
    """False for a function of rows without `axis`, which may be one of matrices only."""
    return not f.function.rowwise or "axis" in f.accepts


def _pairs(count: int) -> tuple[int, ...]:
    """A batch of two axes, if there is one."""
    divisors = (k for k in (2, 3, 5, 7, 11, 13) if count % k == 0 < count - k)
    return next(((count // k, k) for k in divisors), (count,))


def _unlike(f: Examination, e: Example, turn: int, arrays: list[str]) -> Iterator[tuple[str, View]]:
    """One array in another layout than the others: one of two axes in Fortran order, then each."""
    names = [n for n in ("strided", "reversed", "rows-strided")
             if n in layouts(f.kernel.backend)]  # fmt: skip
    batch = _pairs(len(e.x)) if _takes_any_batch(f) else e.view.batch
    plain = e.view if e.function.rowwise else replace(e.view, batch=(len(e.x),))
    first = e.view.batch and e.view.axis in (0, -1 - len(e.view.batch))
    if len(arrays) > 1:
        only = arrays[turn % len(arrays)]
        yield f"{only} alone F", View(batch, 0 if first else -1, "F", only)
        for k, only in enumerate(arrays):
            turns = names[(turn // 4 + k) % len(names) :][:1]
            if k and np.ndim(e.args[only] if only in e.args else e.options[only]) == 1:
                turns = [n for n in names if n != "rows-strided"]  # which is "strided" there
            for name in turns:
                yield f"{only} alone {name}", replace(plain, layout=name, only=only)
