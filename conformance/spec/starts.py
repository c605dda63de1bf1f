"""Where arrays begin in memory: at any multiple of an element's size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from conformance.floats import Array
from conformance.kernels.failures import CallFailed
from conformance.kernels.layouts import LINE
from conformance.model import Claim, Example, View
from conformance.spec.claims import equal
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, law
from conformance.spec.invariance import rows_of

_SOURCE = "the definition: an array is its elements"
_WHY = (
    "A vector loop begins where its loads are aligned, and what lies before is peeled off. Slices "
    "begin anywhere: all starts up to a cache line are tried, of all arrays and of one of them, "
    "of matrices and of vectors. Sums in another order differ within the bound."
)


def _several(e: Example) -> bool:
    return e.size > 1


def _long(e: Example) -> bool:
    """Rows that are long enough for any vector loop."""
    return bool(e.x.shape[-1] >= 200)


def flattest(f: Examination, e: Example) -> Example:
    """One row as a vector, in which every class counts; an elementwise example is one."""
    if not e.function.rowwise:
        return f.variant(e, "vector", lambda: e.but(view=View((len(e.x),))))
    with np.errstate(invalid="ignore"):
        spread = np.ptp(e.x.astype(np.float64), axis=-1)
    row = int(np.argmin(np.where(np.isfinite(spread), spread, np.inf)))
    return f.variant(e, "vector", lambda: rows_of(e, slice(row, row + 1), View(())))


def begun(
    f: Examination, e: Example, arrays: list[str], value: Callable[[Example], Array]
) -> Iterator[tuple[str, Example, Example]]:
    """Words, the example, and the same with arrays that begin elsewhere.

    Vectors and matrices by all their arrays, then each array alone by turns.
    """
    size = e.fmt.dtype.itemsize
    presented = [flattest(f, e), *([e] if e.function.rowwise else [])]
    for base in presented:
        try:
            value(base)
        except CallFailed:
            continue  # a function of matrices; and what fails anywhere is told by other laws
        for k in range(1, LINE // size):
            view = View(base.view.batch, base.view.axis, "offset", start=k)
            words = f"begun {k * size} bytes after a multiple of {LINE}"
            yield words, base, _moved(f, base, view)
            if base is presented[-1] and len(arrays) > 1:
                only = arrays[(k + len(e.x)) % len(arrays)]
                yield f"{only} alone {words}", base, _moved(f, base, replace(view, only=only))


def _moved(f: Examination, e: Example, view: View) -> Example:
    return f.variant(e, f"{view.start} {view.only}", lambda: e.but(view=view))


@law(
    "start-does-not-matter", *ALL,
    says="arrays that begin 1, 2, ... elements after a multiple of 64 bytes give the same",
    bound="2B", why=_WHY, source=_SOURCE,
    reveals="the first elements of a slice left out, done twice or not written: peeled loops",
    needs=("layouts",), costs=90, when=_several, prefers=_long,
)  # fmt: skip
def start_does_not_matter(f: Examination, e: Example) -> Iterator[Claim]:
    """Every start of a vector and of a matrix."""
    weights = [k for k, v in e.options.items() if isinstance(v, np.ndarray) and v.ndim]
    for words, base, other in begun(f, e, [*e.function.arguments, *weights], f.value):
        yield equal(f.value(other), f.value(base), 2 * f.bound(base), where=f.where(base),
                    what=words, at=other)  # fmt: skip


@law(
    "gradient-start-does-not-matter", *ALL,
    says="arguments and cotangents that begin 1, 2, ... elements after a multiple of 64 bytes give "
    "the same gradient",
    bound="2B", why=_WHY, source=_SOURCE,
    reveals="backward passes whose vector loops peel off what is not aligned",
    needs=("vjp", "layouts"), costs=90, when=_several, prefers=_long,
)  # fmt: skip
def gradient_start_does_not_matter(f: Examination, e: Example) -> Iterator[Claim]:
    """Every start of a vector and of a matrix, and of the cotangent."""
    for words, base, other in begun(f, e, [*e.function.arguments, "cotangent"], f.vjp):
        yield equal(f.vjp(other), f.vjp(base), 2 * f.bound(base, "vjp"), where=f.where(base, "vjp"),
                    what=words, at=other)  # fmt: skip
