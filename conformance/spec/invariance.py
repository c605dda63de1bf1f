"""Invariance: batch, neighbours, layout, axis. A row's value is a function of that row alone."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.kernels.failures import CallFailed
from conformance.kernels.layouts import layouts
from conformance.kernels.limits import Refused
from conformance.model import Claim, Example, View
from conformance.spec.claims import equal
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, ROWWISE, law

_WHY = "The definition speaks of one row; only the order of sums may change, and θ covers it."


def _each(e: Example) -> bool:
    return e.reduction == "none" and len(e.x) > 0 and e.x.shape[-1] > 0


def rows_of(e: Example, rows: Any, view: View | None = None) -> Example:
    """Some rows (or elements) of an example."""
    args = {k: np.ascontiguousarray(v[rows]) if np.ndim(v) else v for k, v in e.args.items()}
    count = len(args[e.function.first])
    return e.but(view=view or View((count,)), options=e.options_of(rows), **args)


@law(
    "row-alone", *ALL,
    says="a row alone gives what it gives in its batch", bound="B + B′",
    why=_WHY, source="the definition: a row's result depends on that row",
    reveals="a maximum over the batch, a wrong stride, kernels for one batch size only",
    costs=2, reshapes=True, when=_each,
)  # fmt: skip
def row_alone(f: Examination, e: Example) -> Iterator[Claim]:
    """The last and a middle row alone."""
    for row in {len(e.x) - 1, len(e.x) // 2}:
        alone = f.variant(e, f"row {row}", lambda r=row: rows_of(e, slice(r, r + 1)))  # type: ignore[misc]
        if not f.taken(alone):
            continue
        want, bound = f.value(e)[row : row + 1], f.bound(e)[row : row + 1] + f.bound(alone)
        yield equal(f.value(alone), want, bound, where=f.where(alone), what=f"row {row}", at=alone)


def in_batches(f: Examination, e: Example) -> Iterator[tuple[int, Example]]:
    """The last row in the middle of batches of 2, 33, 257 and 4097 rows of the example."""
    few = 1 if f.function.rowwise else 2
    for size in (2, 33, 257, 4097)[: few if f.kernel.compiles else 4]:
        index = np.arange(size) % len(e.x)
        index[size // 2] = len(e.x) - 1
        yield size, f.variant(e, f"batch {size}", lambda i=index: rows_of(e, i))  # type: ignore[misc]


def short_rows(e: Example) -> bool:
    """Rows that may be repeated thousands of times."""
    return e.reduction == "none" and len(e.x) > 1 and 0 < e.x.shape[-1] <= 64


@law(
    "batch-size-does-not-matter", *ALL,
    says="rows give the same in batches of 2, 33, 257 and 4097, wherever they stand in them",
    bound="B + B′",
    why=_WHY, source="the definition: a row's result depends on that row",
    reveals="kernels for one batch size, rows lost at the border of two blocks",
    costs=4, reshapes=True, when=short_rows,
)  # fmt: skip
def batch_size_does_not_matter(f: Examination, e: Example) -> Iterator[Claim]:
    """All rows of batches of other sizes."""
    for size, batch in in_batches(f, e):
        index = np.arange(size) % len(e.x)
        index[size // 2] = len(e.x) - 1
        if not f.taken(batch):
            continue
        want, bound = f.value(e)[index], 2 * f.bound(e)[index]
        yield equal(f.value(batch), want, bound, where=f.where(e)[index], what=f"a batch of {size}",
                    at=batch)  # fmt: skip


@law(
    "neighbours-do-not-matter", *ALL,
    says="other rows, also NaN and inf, change nothing of a row", bound="2B",
    why=_WHY, source="the definition: a row's result depends on that row",
    reveals="a maximum or a NaN check over the batch, rows mixed up, vector lanes that leak",
    costs=2, when=lambda e: _each(e) and len(e.x) > 1,
)  # fmt: skip
def neighbours_do_not_matter(f: Examination, e: Example) -> Iterator[Claim]:
    """Every second row replaced."""
    kept = np.arange(len(e.x)) % 2 == 0
    largest = e.fmt.largest / 2
    fills = {"large": largest, "NaN": np.nan}
    if e.function.probabilities:  # NaN is no probability: a call may refuse it
        fills = {"large": 0.75, "small": 0.25}
    for name, fill in fills.items():
        x = np.array(e.x, copy=True)
        x[~kept] = fill
        other = f.variant(e, f"{name} neighbours", lambda v=x: e.but(**{e.function.first: v}))  # type: ignore[misc]
        rows = kept[:, None] if f.value(e).ndim == 2 else kept
        yield equal(f.value(other), f.value(e), 2 * f.bound(e), where=f.where(e) & rows,
                    what=f"{name} neighbours", at=other)  # fmt: skip


#: From here on libraries split an operation among threads: PyTorch in grains of 32,768.
_THREADED = 1 << 15


def with_threads(f: Examination, e: Example) -> tuple[Example, Array, Array]:
    """The rows repeated until work is shared out, and their values with one thread and with two."""
    rows = -(-_THREADED // max(e.x.shape[-1] if e.function.rowwise else 1, 1)) + 1
    many = f.variant(e, "repeated", lambda: rows_of(e, np.arange(rows) % len(e.x)))
    backend: Any = f.kernel.backend

    def compute(count: int) -> Array:
        with backend.threads(count):
            return f.kernel.value(many)

    one, two = (f.once(many, ("threads", k), lambda k=k: compute(k)) for k in (1, 2))  # type: ignore[misc]
    return many, one, two


@law(
    "threads-do-not-matter", *ALL,
    says="one thread and two give the same value", bound="2B",
    why=_WHY, source="Higham, ASNA 2e, 4.2: the order of summation",
    reveals="a race, a share of the work that no thread does, tails at the border of two shares",
    needs=("threads",), costs=2, large=True, when=lambda e: e.size > 0,
)  # fmt: skip
def threads_do_not_matter(f: Examination, e: Example) -> Iterator[Claim]:
    """The call with one thread and with two."""
    many, one, two = with_threads(f, e)
    if e.reduction == "none":  # the bounds of the same rows
        again = np.arange(len(many.x)) % len(e.x)
        bound, where = f.bound(e)[again], f.where(e)[again]
    else:
        bound, where = f.bound(many), f.where(many)
    yield equal(two, one, 2 * bound, where=where, what="two threads", at=many)


@law(
    "row-order-does-not-matter", *ALL,
    says="rows in another order give results in that order", bound="2B",
    why=_WHY, source="the definition: a row's result depends on that row",
    reveals="results in another order, state carried from row to row",
    costs=1, when=lambda e: _each(e) and len(e.x) > 1,
)  # fmt: skip
def row_order_does_not_matter(f: Examination, e: Example) -> Iterator[Claim]:
    """The batch reversed."""
    order = np.arange(len(e.x))[::-1]
    other = f.variant(e, "rows reversed", lambda: rows_of(e, order, e.view))
    yield equal(
        f.value(other), f.value(e)[order], 2 * f.bound(e)[order], where=f.where(e)[order], at=other
    )


def _axes(e: Example) -> list[View]:
    """The same rows with the class axis in other places, positive and negative."""
    batch = e.view.batch or (1,)
    if prod(batch) != len(e.x):
        return []
    rank = len(batch) + 1
    places = [0, -1, rank - 1, -rank] + ([1] if rank > 2 else [])
    return [View(batch, axis) for axis in places if axis != e.view.axis]


@law(
    "axis-does-not-matter", *ROWWISE,
    says="f along axis k of the transposed array is f along the last axis", bound="2B",
    why="The definition speaks of rows, not of where they lie. NumPy's float16 sums along axis 0 "
    "stop at 2048.",
    source="the definition: axes have names, not meanings",
    reveals="a hard-coded axis, keepdims on the wrong axis, labels not moved along",
    options=("axis",), costs=3, reshapes=True, when=lambda e: _each(e),
)  # fmt: skip
def axis_does_not_matter(f: Examination, e: Example) -> Iterator[Claim]:
    """Other places of the class axis."""
    for view in _axes(e)[: 2 if f.kernel.compiles else 4]:
        other = f.variant(e, f"axis {view.axis}", lambda v=view: e.but(view=v))  # type: ignore[misc]
        if not f.taken(other):
            continue
        yield equal(f.value(other), f.value(e), 2 * f.bound(e), where=f.where(e),
                    what=f"axis {view.axis}", at=other)  # fmt: skip


@law(
    "default-axis-is-the-last", *ROWWISE,
    says="without axis= the classes are along the last axis, for F and an F_vjp with a default",
    bound="2B",
    why="The interface: axis=-1, and F_vjp has the options of F. A default of None that stands "
    "for all axes, as in SciPy and JAX, is another convention, and not examined.",
    source="the interface", reveals="a default axis of 0 or 1",
    options=("axis",), costs=1, reshapes=True, when=lambda e: _each(e) and len(e.view.batch) > 0,
)  # fmt: skip
def default_axis_is_the_last(f: Examination, e: Example) -> Iterator[Claim]:
    """The calls without an axis."""
    last = f.variant(e, "last axis", lambda: e.but(view=View(e.view.batch)))
    if f.kernel.may_span_all_axes and _spans_all_axes(f, last):
        raise Unsupported("its axis is None by default, which stands for all axes")
    plain = f.kernel.without_axis()
    yield equal(plain.value(last), f.value(e), 2 * f.bound(e), where=f.where(e),
                what="no axis given", at=last)  # fmt: skip
    if f.kernel.chooses("axis"):
        got = plain.vjp(last, e.args["cotangent"])
        yield equal(got, f.vjp(e), 2 * f.bound(e, "vjp"), where=f.where(e, "vjp"),
                    what="the gradient, no axis given", at=last)  # fmt: skip


@law(
    "batch-shape-does-not-matter", *ROWWISE,
    says="of a function without axis=: an array of one axis or three gives what the matrix of its "
    "rows gives, or is refused, or gives no array of that shape",
    bound="2B",
    why=_WHY + " Without axis= the classes are along the last axis; a function of matrices raises.",
    source="the interface",
    reveals="axis 0 or 1 where the last is meant: another number for arrays of three axes",
    needs=("no axis",), costs=2, when=lambda e: _each(e) and e.view.layout == "C",
)  # fmt: skip
def batch_shape_does_not_matter(f: Examination, e: Example) -> Iterator[Claim]:
    """The rows in arrays of three axes; one row in an array of one."""
    count = len(e.x)
    refused: Exception | None = None
    for batch in ((1, count), (count, 1)) if count > 1 else ((), (1, 1)):
        other = _laid_out(f, e, "C", View(batch))
        try:
            got = f.value(other)
        except Refused as error:
            refused = error
            continue
        except CallFailed as error:
            if error.kind not in ("raised", "shape"):
                raise
            refused = error
            continue
        shape = "x".join(map(str, (*batch, e.x.shape[1])))
        yield equal(
            got, f.value(e), 2 * f.bound(e), where=f.where(e), what=f"given as {shape}", at=other
        )
    if refused is not None:
        raise Unsupported(f"for matrices only: {refused}")


def _spans_all_axes(f: Examination, e: Example) -> bool:
    """True if the call without an axis gives what one row of all elements gives."""
    try:
        got = f.kernel.over_all_axes(e).astype(f.fmt.wide)
    except CallFailed:
        return False
    flat = f.variant(
        e, "all axes", lambda: f.small(e, e.function.name, View(()), x=e.x.reshape(1, -1))
    )
    want, bound = f.value(flat).reshape(1, -1).astype(f.fmt.wide), f.bound(flat).reshape(1, -1)
    with np.errstate(invalid="ignore"):
        near = (got == want) | (np.isnan(got) & np.isnan(want)) | (np.abs(got - want) <= 2 * bound)
    return bool(near.all() and (len(e.x) > 1 or not e.function.by_class))


def _arrays(e: Example) -> list[str]:
    """The options that are arrays."""
    return [k for k, v in e.options.items() if isinstance(v, np.ndarray) and v.ndim]


def _weighted(e: Example) -> bool:
    """Arrays with the option that few examples have as an array."""
    names = _arrays(e)
    return "pos_weight" in names or (e.function.rowwise and bool(names))


@law(
    "layout-does-not-matter", *ALL,
    says="strides, order, alignment, byte order and views change nothing, of all arrays of a call "
    "or of one of them", bound="2B",
    why="An array is its elements.",
    source="the definition: a view holds the same numbers",
    reveals="raw pointers with assumed strides, memory read past a view, swapped bytes, labels or "
    "weights read in the order of the logits",
    needs=("layouts",), costs=9, when=_each, prefers=_weighted,
)  # fmt: skip
def layout_does_not_matter(f: Examination, e: Example) -> Iterator[Claim]:
    """Other layouts of the same values, four at a time, and one row repeated by stride 0."""
    turn = zlib.crc32(e.x.tobytes()[:256] + bytes(str(e.x.shape), "ascii"))
    arrays = _arrays(e)
    views = [*_layouts(f, e, turn, 4), *_unlike(f, e, turn, [*e.function.arguments, *arrays])]
    for name, view in views:
        other = _laid_out(f, e, name, view)
        if not f.taken(other):
            continue
        yield equal(
            f.value(other), f.value(e), 2 * f.bound(e), where=f.where(e), what=name, at=other
        )
    if "broadcast" in layouts(f.kernel.backend):
        row = turn % len(e.x)
        view = View((len(e.x),), -1, "broadcast")
        repeated = f.variant(e, "broadcast", lambda: rows_of(e, np.full(len(e.x), row), view))
        if not f.taken(repeated):
            return
        want, bound = f.value(e)[row : row + 1], f.bound(e)[row : row + 1]
        got = f.value(repeated)
        yield equal(got, np.broadcast_to(want, got.shape), np.broadcast_to(2 * bound, got.shape),
                    where=f.where(repeated), what="broadcast", at=repeated)  # fmt: skip


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
    names = [n for n in layouts(f.kernel.backend) if n not in ("C", "F", "broadcast")]
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
    return next(((count // k, k) for k in (2, 3, 5, 7) if count % k == 0 < count - k), (count,))


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


@law(
    "gradient-layout-does-not-matter", *ALL,
    says="strides, order, alignment and views change nothing of the gradient, of all arrays of a "
    "call or of one of them", bound="2B",
    why="An array is its elements.",
    source="the definition: a view holds the same numbers",
    reveals="backward passes that assume contiguous arguments or cotangents, or one order of both",
    needs=("vjp", "layouts"), costs=7, when=_each,
)  # fmt: skip
def gradient_layout_does_not_matter(f: Examination, e: Example) -> Iterator[Claim]:
    """Other layouts of the same values and cotangents."""
    turn = zlib.crc32(e.x.tobytes()[:256])
    unlike = _unlike(f, e, turn, [*e.function.arguments, "cotangent"])
    for name, view in [*_layouts(f, e, turn, 3), *unlike]:
        other = _laid_out(f, e, name, view)
        if not f.taken(other, "vjp"):
            continue
        yield equal(f.vjp(other), f.vjp(e), 2 * f.bound(e, "vjp"), where=f.where(e, "vjp"),
                    what=name, at=other)  # fmt: skip


@law(
    "gradient-row-alone", *ALL,
    says="the gradient of a row alone is that in its batch", bound="B + B′",
    why=_WHY, source="the definition: a row's result depends on that row",
    reveals="sums over the batch, cotangents of another row",
    needs=("vjp",), costs=3, reshapes=True, when=_each,
)  # fmt: skip
def gradient_row_alone(f: Examination, e: Example) -> Iterator[Claim]:
    """The gradients of the first, a middle and the last row alone."""
    for row in sorted({0, len(e.x) // 2, len(e.x) - 1}):
        one = slice(row, row + 1)
        alone = f.variant(e, f"row {row}", lambda r=one: rows_of(e, r))  # type: ignore[misc]
        if not f.taken(alone, "vjp"):
            continue
        bound = f.bound(e, "vjp")[one] + f.bound(alone, "vjp")
        where = f.where(alone, "vjp")
        yield equal(f.vjp(alone), f.vjp(e)[one], bound, where=where, what=f"row {row}", at=alone)
