"""What frameworks do differently and may: recorded in words, never judged."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.floats import Array
from conformance.kernels.failures import CallFailed
from conformance.model import Claim, Example
from conformance.spec.claims import equal, note, same
from conformance.spec.context import Examination
from conformance.spec.contract import ten_calls
from conformance.spec.declare import ALL, INDICES, LOSSES, SOFT, law
from conformance.spec.invariance import displaced, in_batches, rows_of, short_rows, with_threads
from conformance.spec.symmetries import shifted


def _note(what: str) -> Claim:
    return note(what)


def _words(values: Array) -> str:
    """A few values in words: NaN, +inf, zeros, uniform, numbers."""
    flat = np.asarray(values).astype(np.float64).ravel()
    if np.isnan(flat).all():
        return "NaN"
    if np.isposinf(flat).all():
        return "+inf"
    if np.isneginf(flat).all():
        return "−inf"
    if (flat == 0).all():
        return "0"
    if np.isnan(flat).any():
        return "NaN in part"
    return "equal numbers" if (flat == flat[0]).all() else "numbers"


@law(
    "bits-repeat", *ALL, level="may",
    says="the same call ten times gives the same bits", reveals="races, atomics, autotuning",
    why="Reproducibility is a choice; within the bound it is a must law.", costs=9,
)  # fmt: skip
def bits_repeat(f: Examination, e: Example) -> Iterator[Claim]:
    """Ten calls."""
    for again in ten_calls(f, e):
        yield same(again, f.value(e), what="the same bits", at=e)


@law(
    "bits-ignore-threads", *ALL, level="may", needs=("threads",),
    says="one thread and two give the same bits", reveals="sums split by threads",
    why="Reproducibility across machines; within the bound it is a must law.",
    costs=2, large=True, when=lambda e: e.size > 0,
)  # fmt: skip
def bits_ignore_threads(f: Examination, e: Example) -> Iterator[Claim]:
    """The call with two threads."""
    many, one, two = with_threads(f, e)
    yield same(two, one, what="the same bits", at=many)


@law(
    "bits-ignore-the-batch", *ALL, level="may",
    says="a row has the same bits alone and in batches of 2, 33, 257 and 4097",
    reveals="kernels chosen by batch size",
    why="People who need reproducible inference choose by this (batch invariance).", costs=4,
    reshapes=True,
    when=short_rows,
)  # fmt: skip
def bits_ignore_the_batch(f: Examination, e: Example) -> Iterator[Claim]:
    """The last row in batches of other sizes and in other places."""
    last = len(e.x) - 1
    alone = f.variant(e, "alone", lambda: rows_of(e, slice(last, last + 1)))
    want = f.value(alone)
    yield same(f.value(e)[last:], want, what="the bits of the row alone", at=e)
    for size, batch in filter(lambda found: f.taken(found[1]), in_batches(f, e)):
        got = f.value(batch)[size // 2 : size // 2 + 1]
        yield same(got, want, what=f"the bits of the row alone, in a batch of {size}", at=e)


@law(
    "bits-ignore-alignment", *ALL, level="may", needs=("layouts",),
    says="the same bits one element further in memory, and one byte where a library takes that",
    reveals="vector loops that begin at an aligned address",
    why="Reproducibility whatever the allocator gives; within the bound it is a must law.",
    costs=2, when=lambda e: e.size > 0,
)  # fmt: skip
def bits_ignore_alignment(f: Examination, e: Example) -> Iterator[Claim]:
    """The same contents at other addresses."""
    for name, other in filter(lambda found: f.taken(found[1]), displaced(f, e)):
        yield same(f.value(other), f.value(e), what=f"the same bits, {name}", at=other)


@law(
    "bits-ignore-exact-shifts", "softmax", "log_softmax", level="may",
    says="x + c, exact, gives the same bits", reveals="rescaling by x·log₂e before the shift",
    why="fl((x + c) − (m + c)) = fl(x − m): bitwise in NumPy, PyTorch and JAX.", costs=2,
    when=lambda e: e.x.shape[-1] > 0,
)  # fmt: skip
def bits_ignore_exact_shifts(f: Examination, e: Example) -> Iterator[Claim]:
    """Exactly shifted logits."""
    base, moved, exact = shifted(f, e)
    where = f.where(base) & exact[:, None]
    yield same(f.value(moved), f.value(base), where=where, at=moved)


@law(
    "bits-follow-eager", *ALL, level="may", needs=("transformed",),
    says="the transformed function gives the bits of the eager one", reveals="fusion", costs=1,
    why="Bitwise equality between modes is false of most frameworks.",
)  # fmt: skip
def bits_follow_eager(f: Examination, e: Example) -> Iterator[Claim]:
    """Bits of both modes."""
    yield same(f.value(e), f.other(mode="eager").value(e), where=f.where(e), at=e)


@law(
    "all-masked-row", "softmax", "log_softmax", level="may",
    says="a row all −inf", reveals="NaN, zeros or a uniform row",
    why="0/0: the definition gives no value; NaN in NumPy, SciPy, PyTorch and JAX.",
    when=lambda e: e.x.shape[-1] > 0 and bool(np.isneginf(e.x.astype(np.float64)).all(-1).any()),
)  # fmt: skip
def all_masked_row(f: Examination, e: Example) -> Iterator[Claim]:
    """What a fully masked row gives."""
    rows = np.isneginf(f.problem(e).x).all(axis=-1)
    yield _note(f"gives {_words(f.value(e)[rows])}")


@law(
    "infinite-logit-row", "softmax", "log_softmax", level="may",
    says="a row with one +inf", reveals="NaN or the one-hot limit",
    why="inf/inf: the limit is one-hot, the formula gives NaN.",
    when=lambda e: bool(np.isposinf(e.x.astype(np.float64)).any()),
)  # fmt: skip
def infinite_logit_row(f: Examination, e: Example) -> Iterator[Claim]:
    """What a row with +inf gives."""
    x = f.problem(e).x
    rows = (np.isposinf(x).sum(axis=-1) == 1) & ~np.isnan(x).any(axis=-1)
    if rows.any():
        yield _note(f"gives {_words(f.value(e)[rows])}")


@law(
    "empty-classes", *SOFT, level="may",
    says="rows of no classes", reveals="an empty result, −inf, or an error",
    why="An empty sum: logsumexp −inf in SciPy, PyTorch and JAX; NumPy and SciPy softmax raise.",
    empties=True, when=lambda e: e.x.shape[-1] == 0,
)  # fmt: skip
def empty_classes(f: Examination, e: Example) -> Iterator[Claim]:
    """What rows without classes give."""
    try:
        got = f.value(e)
    except CallFailed as error:
        yield _note(f"raises {error.exception}" if error.exception else str(error))
        return
    yield _note("gives an empty result" if got.size == 0 else f"gives {_words(got)}")


@law(
    "mean-of-nothing", *LOSSES, level="may", options=("reduction",),
    says="the mean over no rows: an empty batch, all rows ignored, or zero total weight",
    reveals="NaN or 0",
    why="0/0: NaN in PyTorch; 0 elsewhere keeps training loops alive.",
    empties=True, when=lambda e: e.reduction == "mean",
)  # fmt: skip
def mean_of_nothing(f: Examination, e: Example) -> Iterator[Claim]:
    """What 0/0 gives."""
    if f.problem(e).denominator == 0:
        yield _note(f"gives {_words(f.value(e))}")


@law(
    "soft-label-weighted-mean", "cross_entropy_with_logits", level="may",
    options=("reduction", "weight"),
    says="the mean of soft labels with class weights divides by the number of rows",
    reveals="another denominator",
    why="PyTorch divides by N, not by the weights; others differ.",
    when=lambda e: e.reduction == "mean" and e.options.get("weight") is not None
    and e.labels.ndim == 2,
)  # fmt: skip
def soft_label_weighted_mean(f: Examination, e: Example) -> Iterator[Claim]:
    """Whether the convention is PyTorch's."""
    if f.problem(e).settled.all():
        yield equal(f.value(e), f.exact(e).wide, f.bound(e), at=e)


@law(
    "negative-label", *INDICES, level="may",
    says="label −1 where nothing is ignored", reveals="raises, NaN, another class",
    why="Python indices wrap; PyTorch raises.", costs=1, apart=True,
    when=lambda e: e.labels.ndim == 1 and len(e.x) > 0 and e.x.shape[-1] > 1
    and e.options.get("ignore_index") is None and e.reduction == "none",
)  # fmt: skip
def negative_label(f: Examination, e: Example) -> Iterator[Claim]:
    """What label −1 gives."""
    labels = np.full_like(e.labels, -1)
    try:
        got = f.kernel.value(e.but(labels=labels))
    except CallFailed as error:
        yield _note(f"raises {error.exception}" if error.exception else str(error))
        return
    last = f.kernel.value(e.but(labels=np.full_like(labels, e.x.shape[-1] - 1)))
    same = np.array_equal(got.astype(float), last.astype(float), equal_nan=True)
    yield _note("takes the last class" if same else f"gives {_words(got)}")


@law(
    "subnormals", "softmax", level="may",
    says="a probability below the smallest normal number", reveals="kept or flushed to 0",
    why="Flush-to-zero is a property of backend and hardware.",
    when=lambda e: e.x.shape[-1] > 1,
)  # fmt: skip
def subnormals(f: Examination, e: Example) -> Iterator[Claim]:
    """Whether subnormal probabilities survive."""
    p = f.problem(e).rows.p
    small = (p < f.fmt.omega / 2) & (p > 4 * f.fmt.eta) & f.where(e)
    if small.any():
        got = f.value(e)[small]
        yield _note("flushed to 0" if (got == 0).all() else "kept")


@law(
    "tie-gradient", "logsumexp", level="may", needs=("vjp",),
    says="the gradient at tied maxima", reveals="a subgradient of max that leaks",
    why="The closed form is symmetric; the must law holds it.",
    when=lambda e: e.x.shape[-1] > 1 and not e.function.probabilities,
)  # fmt: skip
def tie_gradient(f: Examination, e: Example) -> Iterator[Claim]:
    """Whether tied maxima get bitwise equal gradients for equal cotangents."""
    r, got = f.problem(e).rows, f.vjp(e).astype(f.fmt.wide)
    first = np.take_along_axis(got, np.argmax(r.d == 0, axis=-1)[:, None], -1)
    tied = (r.d == 0) & f.where(e, "vjp") & ((r.d == 0).sum(-1, keepdims=True) > 1)
    if tied.any():
        yield same(got, np.broadcast_to(first, got.shape), where=tied, at=e)
