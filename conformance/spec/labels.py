"""Class indices as labels: of every integer type and number of bits, and those of no class."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.kernels.calling import Kernel
from conformance.kernels.failures import CallFailed
from conformance.model import Claim, Example, View
from conformance.spec.claims import equal, holds
from conformance.spec.context import Examination
from conformance.spec.declare import INDICES, law, option
from conformance.spec.losses import each, indexed

#: Labels that 8 bits and 16 cut to 1.
_CUT = (257, 65_537)
#: Classes that 16 bits do not count, and labels that those bits cut: without a sign and with one.
_MANY = 65_537
_HIGH = (65_536, 40_001)
#: Classes whose square shows in a call's memory and costs nothing.
_FEW = 2049


def with_bad_label(e: Example, label: int) -> Example:
    """The example with one bad label, in the middle of the batch."""
    labels = e.labels.copy()
    labels[len(labels) // 2] = label
    return e.but(labels=labels)


def not_ignored(e: Example, *labels: int) -> Iterator[int]:
    """Those of some labels that the example does not ignore."""
    return (label for label in labels if label != option(e, "ignore_index"))


def _plausible(f: Examination, e: Example, label: int) -> tuple[Array, bool]:
    """Losses of a batch with one bad label, and whether the call was refused."""
    bad = with_bad_label(e, label)
    try:
        kernel: Kernel = f.kernel
        return np.asarray(kernel.value(bad)).astype(f.fmt.wide), False
    except CallFailed as error:
        if error.kind != "raised":
            raise
        return np.zeros(len(e.x)), True


@law(
    "label-type-does-not-matter", *INDICES,
    says="class indices of another integer type are refused, or give the same loss", bound="2B",
    why="An index is a number. PyTorch refuses int32, others take every integer type.",
    source="the definition",
    reveals="labels read as if they had 8 bytes, or cut to 7 bits",
    costs=2, reshapes=True, when=lambda e: indexed(e) and each(e) and len(e.x) > 0,
    prefers=lambda e: bool(e.labels.max() > 127 and e.labels.max() < e.x.shape[-1]),
)  # fmt: skip
def label_type_does_not_matter(f: Examination, e: Example) -> Iterator[Claim]:
    """int32, and uint8 where it holds every label and their number."""
    for dtype in (np.int32, np.uint8):
        ends = np.iinfo(dtype)
        if e.labels.min() < ends.min or max(e.labels.max(), e.x.shape[-1]) > ends.max:
            continue  # C itself must be a number of the type: labels are compared with it
        other = e.but(labels=e.labels.astype(dtype))
        try:
            got = f.kernel.value(other)
        except CallFailed as error:
            if error.kind != "raised":
                raise
            continue
        name = np.dtype(dtype).name
        yield equal(got, f.value(e), 2 * f.bound(e), where=f.where(e), what=name, at=other)


@law(
    "label-too-large-is-refused", *INDICES,
    says="a label ≥ C raises, or gives NaN, ±inf or 0: never a plausible loss",
    bound="none", why="There is no class C; a finite loss other than 0 is another class's.",
    source="NumPy raises IndexError, PyTorch IndexError, JAX gives NaN (jnp.take_along_axis)",
    reveals="labels clamped, wrapped or cut to another class, memory read past the row",
    costs=2, apart=True, when=lambda e: indexed(e) and each(e) and len(e.x) > 0,
)  # fmt: skip
def label_too_large_is_refused(f: Examination, e: Example) -> Iterator[Claim]:
    """Labels past the last class."""
    n, at = e.x.shape[-1], len(e.x) // 2
    for label in not_ignored(e, n, n + 7, *(cut for cut in _CUT if cut > n + 7)):
        got, refused = _plausible(f, e, label)
        fine = refused or not np.isfinite(got[at]) or got[at] == 0
        yield holds(np.array([fine]), what=f"no plausible loss for label {label}", at=e)


@law(
    "bad-label-is-not-free", *INDICES,
    level="should",
    says="a label < 0 or ≥ C (not ignored) raises or gives NaN or inf, not a finite loss",
    bound="none",
    why="0 hides the mistake; Python's negative indices take another class silently.",
    source="PyTorch raises; JAX wraps negative indices and gives NaN beyond C",
    reveals="one-hot by comparison (loss 0), negative labels that wrap around",
    costs=2, apart=True, when=lambda e: indexed(e) and each(e) and len(e.x) > 0,
)  # fmt: skip
def bad_label_is_not_free(f: Examination, e: Example) -> Iterator[Claim]:
    """Labels before the first and past the last class."""
    at = len(e.x) // 2
    for label in not_ignored(e, e.x.shape[-1], -1):
        got, refused = _plausible(f, e, label)
        fine = refused or not np.isfinite(got[at])
        yield holds(np.array([fine]), what=f"no finite loss for label {label}", at=e)


def _high(e: Example, n: int, high: tuple[int, int]) -> Example:
    """Two rows with high labels, classes that stand out as only one other does."""
    rest, apart = (0.125, 0.75) if e.function.probabilities else (-32, 1)
    if e.function.logarithms:
        apart = -1
    x = np.full((2, n), rest, e.fmt.dtype)
    x[np.arange(2), high] = apart
    x[:, 1] = 2 * apart if rest < 0 else rest
    return e.but(view=View((2,)), labels=np.array(high)).with_first(x)


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


@law(
    "high-labels-are-whole", *INDICES,
    says="the label 65,536 is that class and no other", bound="B",
    why="Vocabularies have more classes than 16 bits count. Two rows of 65,537 classes; if there "
    "is no memory for them, eye(n)[labels] takes n² numbers, nothing is said.",
    source="the definition",
    reveals="labels cut to 16 bits",
    costs=2, reshapes=True, hungry=True,
    when=lambda e: indexed(e) and len(e.x) > 0 and e.options.keys() <= {"reduction"},
)  # fmt: skip
def high_labels_are_whole(f: Examination, e: Example) -> Iterator[Claim]:
    """Labels of 17 bits and of 16, in int64, and in int32 unless that is refused."""
    if _takes_squares(f, e):
        raise Unsupported(f"takes n² bytes for n classes, too many for {_MANY:,}")
    high = f.variant(e, "high", lambda: _high(e, _MANY, _HIGH))
    for dtype in (np.int64, np.int32):
        other = high.but(labels=high.labels.astype(dtype))
        try:
            got = f.kernel.value(other)
        except CallFailed as error:
            if "memory" in str(error).lower():
                raise Unsupported(f"no memory for {_MANY:,} classes: {error}") from error
            if error.kind != "raised" or dtype is np.int64:
                raise
            continue
        name = np.dtype(dtype).name
        yield equal(got, f.exact(high), f.bound(high), where=f.where(high), what=name, at=other)
