"""Where arrays begin in memory: at any multiple of an element's size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from conformance.floats import Array
from conformance.kernels.failures import CallFailed
from conformance.kernels.layouts import LINE
from conformance.model import Example, View
from conformance.spec.batches import rows_of
from conformance.spec.claims import Claims
from conformance.spec.comparing import all_unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, array_options, law
from conformance.spec.which import several

#: Where a matrix begins, and one array alone: the rows of most sizes begin everywhere anyway.
_FEW = (1, 2, 3, 4, 6, 7, 8, 12, 14, 15, 16, 24, 28, 30, 31)


def _long(e: Example) -> bool:
    """Rows that are long enough for any vector loop."""
    return bool(e.x.shape[-1] >= 200)


def flattest(f: Examination, e: Example) -> Example:
    """One row as a vector, in which every class counts; an elementwise example is one."""
    if not e.function.rowwise:
        return f.variant(e, "vector", lambda: e.but(view=View((len(e.x),))))
    spread = np.ptp(e.x.astype(np.float64), axis=-1)
    row = int(np.argmin(np.where(np.isfinite(spread), spread, np.inf)))
    return f.variant(e, "vector", lambda: rows_of(e, slice(row, row + 1), View(())))


def begun(
    f: Examination, e: Example, arrays: list[str], value: Callable[[Example], Array]
) -> Iterator[tuple[str, Example, Example]]:
    """Words, the example, and the same with arrays that begin elsewhere.

    By all their arrays, vectors everywhere, in half formats at every third place, and matrices at
    `_FEW` places, or as vectors if none is taken; then each array alone by turns. Where `_FEW` are
    many, each example has every other one.
    """
    size = e.fmt.dtype.itemsize
    presented = [flattest(f, e), *([e] if e.function.rowwise else [])]
    places: Sequence[int] = range(LINE) if size > 2 else range(1 + len(e.x) % 3, LINE, 3)
    for base in presented:
        try:
            value(base)
        except CallFailed:
            continue  # a function of matrices; and what fails anywhere is told by other laws
        for k in (k for k in places if 0 < k < LINE // size):
            view = View(base.view.batch, base.view.axis, "offset", start=k)
            words = f"begun {k * size} bytes after a multiple of {LINE}"
            yield words, base, _moved(f, base, view)
            if base is presented[-1] and k in _FEW and len(arrays) > 1:
                only = arrays[(k + len(e.x)) % len(arrays)]
                yield f"{only} alone {words}", base, _moved(f, base, replace(view, only=only))
        places = _FEW[len(e.x) % 2 :: 2] if size < 8 else _FEW


def _moved(f: Examination, e: Example, view: View) -> Example:
    return f.variant(e, f"{view.start} {view.only}", lambda: e.but(view=view))


start_law = partial(
    law,
    why="A vector loop begins where its loads are aligned, and what lies before is peeled off. "
    "Slices begin anywhere: all starts of vectors up to a cache line are tried, and some of "
    "matrices and of one array alone. Sums in another order differ within the bound.",
    source="the definition: an array is its elements",
    costs=60,
    when=several,
    prefers=_long,
)


@start_law("start-does-not-matter", *ALL, needs="layouts")
def start_does_not_matter(f: Examination, e: Example) -> Claims:
    """arrays that begin 1, 2, ... elements after a multiple of 64 bytes give the same

    Within 2B.
    Reveals the first elements of a slice left out, done twice or not written: peeled loops.
    """
    arrays = [*e.function.arguments, *array_options(e)]
    yield from all_unchanged(f, begun(f, e, arrays, f.value), "value")


@start_law("gradient-start-does-not-matter", *ALL, needs="vjp, layouts")
def gradient_start_does_not_matter(f: Examination, e: Example) -> Claims:
    """arrays that begin 1, 2, ... elements after a multiple of 64 bytes have the same gradient

    Within 2B.
    Reveals backward passes whose vector loops peel off what is not aligned.
    """
    arrays = [*e.function.arguments, "cotangent"]
    yield from all_unchanged(f, begun(f, e, arrays, f.vjp), "vjp")
