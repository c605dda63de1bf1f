"""Batches: a row's value is a function of that row alone, whatever stands beside it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.model import Example, View
from conformance.spec.claims import Claims, equal
from conformance.spec.comparing import agree, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, law
from conformance.spec.which import each, several_rows

_WHY = "The definition is one of single rows; only the order of sums may change, which θ covers."
row_law = partial(law, why=_WHY, source="the definition: a row's result depends on that row")
size_law = partial(row_law, needs="batches")
#: From here on libraries split an operation among threads: PyTorch in grains of 32,768.
_THREADED = 1 << 15


def rows_of(e: Example, rows: Any, view: View | None = None) -> Example:
    """Some rows (or elements) of an example."""
    return e.only(rows, view or View((len(e.x[rows]),)))


def _alone(f: Examination, e: Example, rows: set[int], quantity: str = "value") -> Claims:
    """That rows alone give what they give in their batch; elements, where compiled, as scalars."""
    for row in sorted(rows):
        scalar = not e.function.rowwise and (f.kernel.compiles or row == _least(f, e))
        alone = rows_of(e, slice(row, row + 1), View(()) if scalar else None)
        if f.taken(alone, quantity):
            yield agree(f, e, alone, quantity, rows=slice(row, row + 1), what=f"row {row} alone")


def _least(f: Examination, e: Example) -> int:
    """The element of the smallest value that is not 0, which a cut-off loses; a row in the middle.

    It is presented as an array of no axis, for which kernels have a path of their own.
    """
    if e.function.rowwise:
        return len(e.x) // 2
    sizes = np.abs(f.exact(e).wide)
    return int(np.where(f.where(e) & (sizes > 0), sizes, np.inf).argmin())


@row_law("row-alone", *ALL, costs=2, reshapes=True, when=each)
def row_alone(f: Examination, e: Example) -> Claims:
    """a row alone gives what it gives in its batch

    Within B + B′.
    Reveals a maximum over the batch, a wrong stride, kernels for one batch size only, another
    formula of single numbers.
    """
    yield from _alone(f, e, {len(e.x) - 1, _least(f, e)})


@row_law("gradient-row-alone", *ALL, needs="vjp, batches", costs=3, reshapes=True, when=each)
def gradient_row_alone(f: Examination, e: Example) -> Claims:
    """the gradient of a row alone is that in its batch

    Within B + B′.
    Reveals sums over the batch, cotangents of another row.
    """
    yield from _alone(f, e, {0, _least(f, e), len(e.x) - 1}, "vjp")


def in_batches(f: Examination, e: Example) -> Iterator[tuple[int, Array, Example]]:
    """Batches of 2, 33, 257 and 4097 rows of the example, and which: the last is in the middle."""
    for size in (2, 33, 257, 4097)[: 2 if f.kernel.compiles else 4]:
        places = np.arange(size) % len(e.x)
        places[size // 2] = len(e.x) - 1
        batch = f.variant(e, f"batch {size}", lambda p=places: rows_of(e, p))  # type: ignore[misc]
        if f.taken(batch):
            yield size, places, batch


def short_rows(e: Example) -> bool:
    """Rows that may be repeated thousands of times."""
    return e.reduction == "none" and len(e.x) > 1 and 0 < e.x.shape[-1] <= 64


@size_law("batch-size-does-not-matter", *ALL, costs=4, reshapes=True, when=short_rows)
def batch_size_does_not_matter(f: Examination, e: Example) -> Claims:
    """rows give the same in batches of 2, 33, 257 and 4097, at any place in them

    Within B + B′.
    Reveals kernels for one batch size, rows lost at the border of two blocks.
    """
    for size, places, batch in in_batches(f, e):
        yield unchanged(f, e, batch, rows=places, what=f"a batch of {size}")


@row_law("neighbours-do-not-matter", *ALL, costs=2, when=(each, several_rows))
def neighbours_do_not_matter(f: Examination, e: Example) -> Claims:
    """other rows, even of NaN or large numbers, do not affect a row

    Within 2B.
    Reveals a maximum or a NaN check over the batch, rows mixed up, vector lanes that leak.
    """
    kept = np.arange(len(e.x)) % 2 == 0
    where = kept[:, None] if e.function.by_class else kept
    for name, other in _beside_others(e, ~kept):
        yield unchanged(f, e, other, where=where, what=f"{name} neighbours")


def _beside_others(e: Example, others: Array) -> Iterator[tuple[str, Example]]:
    """Some rows replaced: by probabilities, for NaN is none and may be refused, or by the worst."""
    worst = {"large": e.fmt.largest / 2, "NaN": np.nan}
    for name, fill in (
        {"large": 0.75, "small": 0.25} if e.function.probabilities else worst
    ).items():
        x = np.array(e.x, copy=True)
        x[others] = fill
        yield name, e.with_first(x)


#: Of more rows, or elements, what is kept under their first bytes may hold but some.
_FEW = 40


def _of_many_rows(e: Example) -> bool:
    return len(e.x) > _FEW and not e.not_finite


@row_law("row-order-does-not-matter", *ALL, costs=1, when=(each, several_rows),
         prefers=_of_many_rows)  # fmt: skip
def row_order_does_not_matter(f: Examination, e: Example) -> Claims:
    """rows in another order give results in that order

    Within 2B. Of a larger batch the last quarter is turned round: the first rows stay.
    Reveals results in another order, state carried from row to row, a result that is kept under
    the shape and the first bytes.
    """
    order = np.arange(len(e.x))
    moved = slice(-(len(e.x) // 4) if len(e.x) > _FEW else 0, None)
    order[moved] = order[moved][::-1]
    yield unchanged(f, e, rows_of(e, order, e.view), rows=order)


def with_threads(f: Examination, e: Example) -> tuple[Example, Array, Array]:
    """The rows repeated until work is shared out, their values with one thread and with three."""
    width = max(e.x.shape[-1], e.classes) if e.function.rowwise else 1
    rows = -(-_THREADED // max(width, 1)) + 1
    many = f.variant(e, "repeated", lambda: rows_of(e, np.arange(rows) % len(e.x)))
    backend: Any = f.kernel.backend

    def compute(count: int) -> Array:
        with backend.threads(count):
            return f.kernel.value(many)

    one, three = (f.once(many, ("threads", k), lambda k=k: compute(k)) for k in (1, 3))  # type: ignore[misc]
    return many, one, three


@law("threads-do-not-matter", *ALL, why=_WHY, needs="threads", costs=2, large=True)
def threads_do_not_matter(f: Examination, e: Example) -> Claims:
    """one thread and three give the same value

    Within 2B. Of three shares one has neighbours on both sides, and few batches divide by them.
    [Higham, ASNA 2e, 4.2: the order of summation]
    Reveals a race, a share of the work that no thread does, tails at the border of two shares.
    """
    many, one, three = with_threads(f, e)
    # the bounds of the same rows, where each row has one
    of, rows = (e, np.arange(len(many.x)) % len(e.x)) if each(e) else (many, ...)
    bound, where = 2 * f.bound(of)[rows], f.where(of)[rows]
    yield equal(three, one, bound, where=where, what="three threads", at=many)
