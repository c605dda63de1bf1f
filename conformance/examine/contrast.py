"""What is wrong at an input, and for what likes of it the same quantity is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from conformance.backends import Unsupported, uses
from conformance.examine.minimise import of_classes
from conformance.floats import FORMATS, Array, Format, from_ordered, ordered
from conformance.kernels.failures import CallFailed
from conformance.kernels.limit_words import LAYOUTS
from conformance.model import Example, View
from conformance.numerics.measure import measure
from conformance.records.results import UNSTEADY
from conformance.spec.batches import rows_of
from conformance.spec.context import Examination
from conformance.spec.leftovers import steady

#: A size that is one less is told from: below it every size is a small one.
_SMALL = 5
#: The error in bounds from which on a number is wrong at once, and its neighbour is right.
_SEAM = 4.0
#: The size of a row's maximum from which on its rounding may be what is wrong.
_OFFSET = 16
#: Elements of an example that is not called again in other forms.
_LARGE = 1 << 18
#: What is raised where an input is not taken, or has no value.
NOT_TAKEN = (
    Unsupported, CallFailed, IndexError, ValueError, KeyError, np.exceptions.AxisError,
)  # fmt: skip

Right = Callable[[Example], bool]
Variant = tuple[str, str, Example]  # what is wrong, what may be right, and that as an example


def excess(f: Examination, e: Example, quantity: str) -> float | None:
    """The error of a quantity in must bounds; None if nothing is known of it, or it is refused."""
    try:
        measured = measure(f.claim(e, quantity), f.fmt)
    except NOT_TAKEN:
        return None
    return measured.ratio if measured.count else None


def wrong(f: Examination, needs: tuple[str, ...], *examples: Example) -> str:
    """The first of value, gradient and second derivative that is beyond its bound at one of these.

    Only those that a law with these needs looks at; "" if none is.
    """
    asked = {"vjp": {"vjp", "derived"}, "hvp": {"direction"}}
    for quantity in ("value", *(q for q, by in asked.items() if by & {*needs})):
        if any((excess(f, e, quantity) or 0) > 1 for e in examples):
            return quantity
    return ""


def is_right(f: Examination, e: Example, quantity: str) -> bool:
    """Whether something is known of a quantity, and it is within its must bounds."""
    ratio = excess(f, e, quantity)
    return ratio is not None and ratio <= 1


def right_in(f: Examination, e: Example, quantity: str) -> list[str]:
    """The other formats in which the same input is right, and "eager" of what is transformed.

    No formats where each is a program of its own.
    """
    s, of = f.subject, f.implementation
    formats = () if f.kernel.compiles else of.dtypes or tuple(FORMATS)
    found = [
        name for name in formats
        if name != s.dtype and (other := _recast(e, FORMATS[name])) is not None
        and _tells(f, e, Examination(of, replace(s, dtype=name), f.grade), other, quantity)
    ]  # fmt: skip
    asked = s.mode != "eager" and f.is_for_eager
    eager = asked and is_right(f.other(mode="eager"), e, quantity)
    return [*found, *(["eager"] if eager else [])]


def _tells(f: Examination, e: Example, g: Examination, other: Example, quantity: str) -> bool:
    """Whether another format is right, and the error of this one would be beyond its bound."""
    if not is_right(g, other, quantity):
        return False
    with np.errstate(all="ignore"):
        got, exact = f.computed(e, quantity).astype(np.float64), f.exact(e, quantity).wide
        error = np.where(got == exact, 0, got - exact)
        moved = np.asarray(g.exact(other, quantity).wide + error, np.float64).astype(g.fmt.dtype)
    return measure(g.claim(other, quantity, got=moved), g.fmt).ratio > 1


def _recast(e: Example, fmt: Format) -> Example | None:
    """The same numbers rounded to another format; None if finite ones become infinite."""

    def cast(v: Any) -> Any:
        own = isinstance(v, np.ndarray) and v.dtype == e.fmt.dtype
        return v.astype(fmt.dtype) if own else v

    with np.errstate(all="ignore"):
        args = {k: cast(v) for k, v in e.args.items()}
    x = args[e.function.first]
    if not np.array_equal(np.isfinite(x), np.isfinite(e.x)):
        return None
    return replace(e, fmt=fmt, args=args, options={k: cast(v) for k, v in e.options.items()})


def contrasts(
    f: Examination, e: Example, quantity: str, row: int = 0, holds: Right | None = None,
    failing: Sequence[Example] = (),
) -> list[str]:  # fmt: skip
    """In what one change to an input, where `row` is wrong, makes the quantity right.

    `holds` tells of an example whether the law does, where it is not one of a quantity. `failing`
    are others that are wrong: no size is told apart that smaller ones of them contradict. Of a call
    that gives other results when it is repeated, only that is said.
    """
    if e.size > _LARGE:
        return []
    right = holds or partial(is_right, f, quantity=quantity)
    if not _steady(f, e, quantity):
        return [UNSTEADY]
    views = [*_views(e)]
    others = [*views, *_options(e, quantity), *_cotangent(e, quantity), *_values(e, row)]
    found = [(bad, good) for bad, good, other in others if right(other)]
    found += _uses(f, e) if quantity == "value" and not holds else ()
    if not views:
        found += _sizes(e, row, right, f.kernel.compiles, failing)
        found += [] if holds else _seam(f, e, quantity)
    return [f"wrong {bad}, right {good}" for bad, good in found]


def _steady(f: Examination, e: Example, quantity: str) -> bool:
    """False if the same call gives other results when it is repeated."""
    try:
        return quantity not in ("value", "vjp") or steady(f, e, quantity)
    except NOT_TAKEN:
        return True


def _cotangent(e: Example, quantity: str) -> Iterator[Variant]:
    g = e.args.get("cotangent")
    if quantity != "value" and g is not None and not (np.asarray(g) == 1).all():
        ones = e.with_argument("cotangent", np.ones_like(g))
        yield "with this cotangent", "with one of ones", ones


def _uses(f: Examination, e: Example) -> Iterator[tuple[str, str]]:
    """The uses of the library, such as for training, in which the value is right."""
    for words, use in () if f.kernel.tracks else uses(f.kernel.backend).items():
        try:
            claim = f.claim(e, got=f.kernel.observe_by(e, use).result)
        except NOT_TAKEN:
            continue
        measured = measure(claim, f.fmt)
        if measured.count and measured.ratio <= 1:
            yield "in a plain call", words


def _views(e: Example) -> Iterator[Variant]:
    view, axes = e.view, len(e.view.batch) + e.function.rowwise
    if view.layout in LAYOUTS:
        of = f" of {view.only} alone" if view.only else ""
        plain = e.but(view=replace(view, layout="C", only=""))
        yield f"in {LAYOUTS[view.layout]}{of}", "in a contiguous copy", plain
    if e.function.rowwise and axes > 1 and view.axis % axes != axes - 1:
        yield f"along axis {view.axis}", "along the last axis", e.but(view=replace(view, axis=-1))
    if e.function.rowwise and axes == 1:
        yield "as a vector", "as a matrix", e.but(view=View((1,)))
    if axes > 1 + e.function.rowwise:
        flat = View((len(e.x),), 0 if view.axis % axes == 0 and e.function.rowwise else -1)
        kind = "a matrix" if e.function.rowwise else "a vector"
        yield f"as an array of {axes} axes", f"as {kind}", e.but(view=replace(flat))


def _options(e: Example, quantity: str) -> Iterator[Variant]:
    for name in e.options:
        if name not in ("reduction", e.function.matrix):
            options = {k: v for k, v in e.options.items() if k != name}
            other = e.but(options=options)
            if name == "ignore_index":  # without it these labels would be wrong
                ignored = e.labels == e.options[name]
                other = other.with_argument(
                    "labels", np.where(ignored, e.labels.dtype.type(0), e.labels)
                )
            yield f"with {name}=", "without it", other
    if e.function.reduces and e.reduction != "none" and "reduction" in e.options:
        single = e.but(options={**e.options, "reduction": "none"})
        if quantity != "value":
            g = np.asarray(e.args["cotangent"])
            single = single.with_argument("cotangent", np.full(len(e.x), g, g.dtype))
        yield f"with reduction={e.reduction!r}", "with 'none'", single


def _offset(e: Example, row: int) -> Iterator[Variant]:
    """Each row without its maximum, if that is large: what a kernel that shifts does itself."""
    with np.errstate(all="ignore"):
        most = np.where(np.isfinite(e.x), e.x, -np.inf).max(axis=-1, keepdims=True)
        moved = np.where(np.isfinite(most), e.x - most, e.x).astype(e.fmt.dtype)
    most = float(most[row if row < len(most) else 0, 0])
    if np.isfinite(most) and abs(most) >= _OFFSET:
        yield (
            f"where the maximum of {e.function.first} is {most:g}",
            "with it subtracted first",
            (e.with_first(moved)),
        )


def _values(e: Example, row: int) -> Iterator[Variant]:
    """Variants without a large offset, with numbers in place of −inf, with labels of one class."""
    of = e.function
    if of.rowwise and not (of.matrix or of.probabilities or of.logarithms):
        yield from _offset(e, row)
    if e.function.rowwise and e.x.shape[-1] > 1:
        yield from _tie(e, row)
    if e.function.rowwise and (gone := np.isneginf(e.x)).any():
        finite = np.where(gone, e.fmt.dtype.type(-1), e.x)
        yield f"with {e.function.first} of -inf", "with -1 there", e.with_first(finite)
    labels = e.args.get("labels")
    if labels is None or labels.dtype.kind in "iu":
        return
    if labels.ndim == 2:
        index = e.with_argument("labels", labels.argmax(axis=1).astype(np.int64))
        yield "with floating labels", "with class indices", index
    elif not np.isin(labels, (0, 1)).all():
        whole = np.round(labels.astype(np.float64)).astype(labels.dtype)
        yield "with soft labels", "with labels 0 and 1", e.with_argument("labels", whole)


def _tie(e: Example, row: int) -> Iterator[Variant]:
    """A row whose largest number is there twice, and the same with one of the two moved up."""
    row = row if row < len(e.x) else 0
    top = float(e.x[row].max())
    tied = np.flatnonzero(e.x[row] == e.x.dtype.type(top))
    if len(tied) > 1 and abs(top) < e.fmt.largest / 2:
        other = e.x.copy()
        other[row, tied[-1]] = top + 4 * e.fmt.u * max(1, abs(top))
        yield "where two classes are the largest", "with one of them higher", e.with_first(other)


def _sizes(
    e: Example, row: int, right: Right, compiled: bool, failing: Sequence[Example]
) -> Iterator[tuple[str, str]]:
    """Fewer rows and classes for which the result is right; else, the row alone, if that is."""
    rows, noun = len(e.x), "rows" if e.function.rowwise else "elements"
    if e.view.batch and row < rows > 1:
        if edge := _edge(rows, lambda k: right(rows_of(e, slice(0, k))), compiled):
            if not any(len(o.x) < edge and o.classes <= e.classes for o in failing):
                yield f"in a batch of {edge:,} {noun}", f"in one of {edge - 1:,}"
        elif right(rows_of(e, slice(row, row + 1))):
            yield f"in a batch of {rows:,} {noun}", "for this one alone"
    if e.function.rowwise:
        edge = _edge(e.classes, lambda k: right(of_classes(e, np.arange(k))), compiled)
        if edge and all(other.classes >= edge for other in failing):
            yield f"for {edge:,} classes", f"for {edge - 1:,}"


def _seam(f: Examination, e: Example, quantity: str) -> Iterator[tuple[str, str]]:
    """Two neighbouring inputs between a single wrong number and zero: one wrong, one right."""
    if e.x.size != 1 or not np.isfinite(e.x).all():
        return

    def at(*keys: int) -> Array:
        return from_ordered(np.array(keys), e.fmt.dtype)

    def error(key: int) -> float:
        ratio = excess(f, e.with_first(at(key).reshape(e.x.shape)), quantity)
        return np.inf if ratio is None else ratio

    x = e.x.reshape(1)
    bad = int(ordered(x)[0])
    if error(bad) >= _SEAM and max(error(bad - 1), error(bad + 1)) <= 1:
        equal = "y" in e.args and e.args["y"].item() == x.item()
        place = "y" if equal else f"{float(x[0]):g} alone"
        yield f"at {e.function.first} = {place}", "at both numbers next to it"
        return
    nearer = (int(ordered(x / x.dtype.type(k))[0]) for k in (2, 16, 1024))
    good = next((key for key in nearer if key != bad and error(key) <= 1), bad)
    while abs(bad - good) > 1:
        middle = (bad + good) // 2
        bad, good = (bad, middle) if error(middle) <= 1 else (middle, good)
    if good != bad and error(bad) >= _SEAM:  # else an error that grows bit by bit
        wide = 17 if e.fmt.bits == 64 else 9
        told = [f"{float(v):.{wide}g}" for v in at(bad, good)]
        yield f"at {e.function.first} = {told[0]}", f"at {told[1]}"


def _edge(size: int, right: Callable[[int], bool], compiled: bool) -> int:
    """The smallest size found that is wrong while one less is right; 0 if small, or if none is."""
    if size < _SMALL or right(size - 1):
        return size if size >= _SMALL else 0
    low, high = size // 2, size - 1
    if compiled or not right(low):
        return 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if right(middle) else (low, middle)
    return high
