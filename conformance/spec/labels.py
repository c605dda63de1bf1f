"""Class indices as labels: every integer type and width, and labels that are not a class."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.inputs.vocabularies import COMPILED
from conformance.kernels.calling import Kernel
from conformance.kernels.failures import CallFailed
from conformance.model import Claim, Example, View
from conformance.numerics.projections import BIAS, with_logits
from conformance.spec.batches import rows_of, short_rows
from conformance.spec.claims import Claims, equal, holds
from conformance.spec.comparing import attempted, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import INDICES, law, option, those, with_options
from conformance.spec.which import each, indexed

#: Labels that 8 bits, 16 and 32 cut to 1.
_CUT = (257, 65_537, 2**32 + 1)
#: Classes that 16 bits do not count, and labels that those bits cut: without a sign, and with one,
#: to -100.
_MANY = 65_537
_HIGH = (65_536, 65_436)
#: Indices that are ignored: PyTorch's default, and that of labels of 8 bits in segmentation.
_IGNORED = (-100, 255)
_IGNORING = those(lambda f: "ignore_index" in f.options and not f.matrix)
#: Classes whose square shows in a call's memory and costs nothing.
_FEW = 2049
#: More rows than kernels have in a block, or read at once.
_ROWS = 4097
#: More rows than a first block has whose labels alone are looked at.
_LATE = 1025


def with_bad_label(e: Example, label: int, late: bool = False) -> Example:
    """The example with one bad label, in the middle of the batch, or in its last row."""
    labels = e.labels.copy()
    labels[_bad(e, late)] = label
    return e.but(labels=labels)


def _bad(e: Example, late: bool) -> int:
    return len(e.x) - 1 if late else len(e.x) // 2


def loss_of_a_bad_label(kernel: Kernel, e: Example, label: int, late: bool = False) -> Any:
    """The loss that a bad label in a batch costs; NaN if the call is refused."""
    got = attempted(lambda: kernel.value(with_bad_label(e, label, late)))
    return np.nan if got is None else np.asarray(got).astype(e.fmt.wide)[_bad(e, late)]


def not_ignored(e: Example, *labels: int) -> Iterator[int]:
    """Those of some labels that the example does not ignore, and that its type has room for."""
    ends, ignored = np.iinfo(e.labels.dtype), option(e, "ignore_index")
    return (k for k in labels if k != ignored and ends.min <= k <= ends.max)


label_law = partial(law, costs=2, when=(indexed, each))


def _of_eight_bits(e: Example) -> bool:
    """Labels beyond 7 bits, of as many classes."""
    return indexed(e) and bool(127 < e.labels.max() < e.classes)


@label_law("label-type-does-not-matter", *INDICES, reshapes=True, prefers=_of_eight_bits)
def label_type_does_not_matter(f: Examination, e: Example) -> Claims:
    """class indices of another integer type are refused, or give the same loss

    Within 2B. An index is a number. PyTorch refuses int32, others take every integer type.
    [the definition]
    Reveals labels read as if they had 8 bytes, in few rows or in many, or cut to 7 bits.
    """
    for dtype in (d for d in (np.int32, np.uint8) if _holds_labels(e, d)):
        other = e.but(labels=e.labels.astype(dtype))
        if (got := attempted(partial(f.kernel.value, other))) is not None:
            yield unchanged(f, e, got, what=np.dtype(dtype).name, at=other)
            yield from _in_many_rows(f, e, dtype)


def _in_many_rows(f: Examination, e: Example, dtype: Any) -> Claims:
    """The same of many rows, where other code may read the labels."""
    if f.kernel.compiles or dtype is not np.int32 or not short_rows(e):
        return
    places = np.arange(_ROWS) % len(e.x)
    many = rows_of(e, places)
    many = many.but(labels=many.labels.astype(dtype))
    if (got := attempted(partial(f.kernel.value, many))) is not None:
        yield unchanged(f, e, got, rows=places, what=f"{dtype.__name__}, {_ROWS} rows", at=many)


def _of_a_byte(e: Example) -> bool:
    """Classes that 8 bits hold, one of which is −100 cut to 8 bits; none is ignored yet."""
    held = -100 % 256 < e.classes < 256
    return indexed(e) and held and e.options.get("ignore_index") is None


@label_law("ignored-index-is-whole", *_IGNORING, needs="ignore_index", level="should",
           reshapes=True, prefers=_of_a_byte)  # fmt: skip
def ignored_index_is_whole(f: Examination, e: Example) -> Claims:
    """beside labels of 8 bits, −100 ignores nothing, and 255 what is 255

    Within 2B. The ignored index is a number, whether the labels' type holds it or not: −100 is
    PyTorch's default, 255 that of segmentation. torch.tensor([156], dtype=torch.uint8) == −100 is
    True. Labels of 8 bits may be refused. [the definition; NumPy]
    Reveals an index that is converted to the labels' type: class 156 is ignored.
    """
    if not _of_a_byte(e):
        raise Unsupported("other numbers of classes say nothing")
    for index in (k for k in _IGNORED if k < 0 or k > e.classes):
        labels = e.labels.copy()
        labels[::3] = index % 256
        rows = with_options(e.but(labels=labels), ignore_index=index)
        other = rows.but(labels=labels.astype(np.uint8))
        if (got := attempted(partial(f.kernel.value, other))) is not None:
            yield equal(got, f.exact(rows), 2 * f.bound(rows), where=f.forced(rows),
                        what=f"uint8, {index} ignored", at=other)  # fmt: skip


def _holds_labels(e: Example, dtype: Any) -> bool:
    """True for a type of every label and of C itself, with which labels are compared."""
    ends = np.iinfo(dtype)
    return bool(e.labels.min() >= ends.min and max(e.labels.max(), e.classes) <= ends.max)


@label_law("label-too-large-is-refused", *INDICES, bound="none", apart=True, eager=True)
def label_too_large_is_refused(f: Examination, e: Example) -> Claims:
    """a label ≥ C raises, or gives NaN, ±inf or 0: never a plausible loss

    There is no class C; a finite loss other than 0 belongs to another class.
    [NumPy raises IndexError, PyTorch IndexError, JAX gives NaN (jnp.take_along_axis)]
    Reveals labels clamped, wrapped or cut to another class, memory read past the row, in any row or
    in late ones.
    """
    n = e.classes
    for label in not_ignored(e, n, n + 7, *(cut for cut in _cut(f) if cut > n + 7)):
        yield _no_plausible_loss(f, e, label)
    if short_rows(e) and not f.kernel.compiles:
        many = rows_of(e, np.arange(_LATE) % len(e.x))
        for label in not_ignored(many, n):
            yield _no_plausible_loss(f, many, label, late=True)


def _no_plausible_loss(f: Examination, e: Example, label: int, late: bool = False) -> Claim:
    loss = loss_of_a_bad_label(f.kernel, e, label, late)
    fine, where = not np.isfinite(loss) or loss == 0, f" in the last of {len(e.x)} rows" * late
    given = "" if fine else f", and it gives {loss:.6g}"
    words = f"no plausible loss for label {label}{where}{given}"
    return holds(fine, what=words, at=with_bad_label(e, label, late))


def _cut(f: Examination) -> tuple[int, ...]:
    """Labels that fewer bits cut to 1; but 64 only where arrays can be changed: JAX has 32."""
    return _CUT if f.kernel.changes_arrays else _CUT[:-1]


@label_law("bad-label-is-not-free", *INDICES, level="should", bound="none", apart=True, eager=True)
def bad_label_is_not_free(f: Examination, e: Example) -> Claims:
    """a label < 0 or ≥ C (not ignored) raises or gives NaN or inf, not a finite loss

    0 hides the mistake; Python's negative indices take another class silently.
    [PyTorch raises; JAX wraps negative indices and gives NaN beyond C]
    Reveals one-hot by comparison (loss 0), negative labels that wrap around.
    """
    for label in not_ignored(e, e.classes, -1):
        fine = not np.isfinite(loss_of_a_bad_label(f.kernel, e, label))
        words, shown = f"no finite loss for label {label}", with_bad_label(e, label)
        yield holds(fine, what=words, at=shown)


def _plain(e: Example) -> bool:
    return indexed(e) and e.options.keys() <= {"reduction", e.function.matrix, BIAS}


def _high(e: Example, n: int, high: tuple[int, int]) -> Example:
    """Two rows with high labels, classes that stand out as only one other does."""
    rest, apart = (0.125, 0.75) if e.function.probabilities else (-32, 1)
    rest = -8 if e.function.matrix else rest  # of which rounding moves no product far
    if e.function.logarithms:
        apart = -1
    x = np.full((2, n), rest, e.fmt.dtype)
    x[np.arange(2), high] = apart
    x[:, 1] = 2 * apart if rest < 0 else rest
    return with_logits(e.but(view=View((2,)), labels=np.array(high)), x)


def _takes_squares(f: Examination, e: Example) -> bool:
    """True if 2 rows of n classes take n² bytes, as far as Python is told: NumPy tells."""
    if f.kernel.backend.NAME != "numpy" or tracemalloc.is_tracing():
        return False
    few = _high(e, _FEW, (_FEW - 1, 2))
    tracemalloc.start()
    try:
        f.kernel.value(few)
        return tracemalloc.get_traced_memory()[1] > _FEW**2
    finally:
        tracemalloc.stop()


@law("high-labels-are-whole", *INDICES, costs=2, reshapes=True, hungry=True, when=_plain)
def high_labels_are_whole(f: Examination, e: Example) -> Claims:
    """the label 65,536 is that class and no other, and 65,436 is not the ignored −100

    Within B. Vocabularies have more classes than 16 bits count. Two rows of 65,537 classes. Where
    they do not fit in memory, since eye(n)[labels] takes n² numbers, there is no verdict.
    [the definition]
    Reveals labels cut to 16 bits, or rounded to a format of 16 bits, such as that of the logits.
    """
    if _takes_squares(f, e):
        raise Unsupported(f"takes n² bytes for n classes, too many for {_MANY:,}")
    high = _high(e, COMPILED if f.kernel.compiles else _MANY, _HIGH)
    if "ignore_index" in f.accepts:
        high = with_options(high, ignore_index=_IGNORED[0])
    for other, got in _of_many_classes(f, high):
        bound, words = f.bound(high), other.labels.dtype.name
        yield equal(got, f.exact(high), bound, where=f.where(high), what=words, at=other)


def _of_many_classes(f: Examination, high: Example) -> Iterator[tuple[Example, Array]]:
    """The losses with labels of int64, and of int32 unless that is refused."""
    for dtype in (np.int64, np.int32):
        other = high.but(labels=high.labels.astype(dtype))
        try:
            got = f.kernel.value(other)
        except CallFailed as error:
            if "memory" in str(error).lower():
                raise Unsupported(f"no memory for {_MANY:,} classes: {error}") from error
            if error.kind != "raised" or dtype is np.int64:
                raise
        else:
            yield other, got
