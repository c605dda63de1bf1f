"""Where frameworks may differ: their behaviour is recorded in words, never judged."""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.floats import Array
from conformance.kernels.failures import CallFailed
from conformance.model import Claim, Example
from conformance.spec.batches import in_batches, rows_of, short_rows, with_threads
from conformance.spec.claims import Claims, equal, note, same
from conformance.spec.context import Examination
from conformance.spec.contract import ten_calls
from conformance.spec.declare import ALL, INDICES, LOSSES, SOFT, law
from conformance.spec.layouts import displaced
from conformance.spec.symmetries import shifted
from conformance.spec.which import (
    averaged,
    distributions,
    each,
    having,
    indices,
    several_classes,
    wholly_masked,
    with_plus_infinity,
    without,
)

_CE = "cross_entropy_with_logits"
may_law = partial(law, level="may")


def _words(values: Array) -> str:
    """A few values in words: NaN, +inf, zeros, uniform, numbers."""
    flat = np.asarray(values).astype(np.float64).ravel()
    if np.isnan(flat).all():
        return "NaN"
    for number, words in ((0.0, "0"), (np.inf, "+inf"), (-np.inf, "−inf")):
        if (flat == number).all():
            return words
    if np.isnan(flat).any():
        return "NaN in part"
    return "equal numbers" if (flat == flat[0]).all() else "numbers"


def raised(error: CallFailed) -> Claim:
    """What a call raised, in words."""
    return note(f"raises {error.exception}" if error.exception else str(error))


@may_law("bits-repeat", *ALL, costs=9, eager=True)
def bits_repeat(f: Examination, e: Example) -> Claims:
    """the same call ten times gives the same bits

    Reproducibility is a choice; agreement within the bound is a must law.
    Reveals races, atomics, autotuning.
    """
    for again in ten_calls(f, e):
        yield same(again, f.value(e), what="the same bits")


@may_law("bits-ignore-threads", *ALL, needs="threads", costs=2, large=True)
def bits_ignore_threads(f: Examination, e: Example) -> Claims:
    """one thread and three give the same bits

    Reproducibility across machines; agreement within the bound is a must law.
    Reveals sums split by threads.
    """
    many, one, three = with_threads(f, e)
    yield same(three, one, what="the same bits", at=many)


@may_law("bits-ignore-the-batch", *ALL, needs="batches", costs=4, reshapes=True, when=short_rows)
def bits_ignore_the_batch(f: Examination, e: Example) -> Claims:
    """a row has the same bits alone and in batches of 2, 33, 257 and 4097

    Reproducible inference needs it (batch invariance).
    Reveals kernels chosen by batch size.
    """
    alone, words = f.value(rows_of(e, slice(-1, None))), "the bits of the row alone"
    yield same(f.value(e)[-1:], alone, what=words)
    for size, _, batch in in_batches(f, e):
        there = f.value(batch)[size // 2 : size // 2 + 1]
        yield same(there, alone, what=f"{words}, in a batch of {size}")


@may_law("bits-ignore-alignment", *ALL, needs="layouts", costs=2)
def bits_ignore_alignment(f: Examination, e: Example) -> Claims:
    """the same bits one element further in memory, and one byte where a library takes that

    Reproducibility whatever the allocator returns; agreement within the bound is a must law.
    Reveals vector loops that begin at an aligned address.
    """
    for name, other in displaced(f, e):
        if f.taken(other):
            yield same(f.value(other), f.value(e), what=f"the same bits, {name}", at=other)


@may_law("bits-ignore-exact-shifts", "softmax", "log_softmax", costs=2)
def bits_ignore_exact_shifts(f: Examination, e: Example) -> Claims:
    """x + c, exact, gives the same bits

    fl((x + c) − (m + c)) = fl(x − m): bitwise in NumPy, PyTorch and JAX.
    Reveals rescaling by x·log₂e before the shift.
    """
    base, moved, exact = shifted(f, e)
    yield same(f.value(moved), f.value(base), where=f.where(base) & exact[:, None], at=moved)


@may_law("bits-follow-eager", *ALL, needs="transformed", costs=1)
def bits_follow_eager(f: Examination, e: Example) -> Claims:
    """the transformed function gives the bits of the eager one

    Most frameworks do not keep the bits between modes.
    Reveals fusion.
    """
    yield same(f.value(e), f.other(mode="eager").value(e), where=f.where(e))


@may_law("all-masked-row", "softmax", "log_softmax", when=wholly_masked)
def all_masked_row(f: Examination, e: Example) -> Claims:
    """a row all −inf

    0/0: the definition gives no value; NaN in NumPy, SciPy, PyTorch and JAX.
    Reveals NaN, zeros or a uniform row.
    """
    rows = np.isneginf(f.problem(e).x).all(axis=-1)
    yield note(f"gives {_words(f.value(e)[rows])}")


@may_law("infinite-logit-row", "softmax", "log_softmax", when=with_plus_infinity)
def infinite_logit_row(f: Examination, e: Example) -> Claims:
    """a row with one +inf

    inf/inf: the limit is one-hot, the formula gives NaN.
    Reveals NaN or the one-hot limit.
    """
    x = f.problem(e).x
    rows = (np.isposinf(x).sum(axis=-1) == 1) & ~np.isnan(x).any(axis=-1)
    if rows.any():
        yield note(f"gives {_words(f.value(e)[rows])}")


@may_law("empty-classes", *SOFT, empties=True, when=lambda e: e.x.shape[-1] == 0)
def empty_classes(f: Examination, e: Example) -> Claims:
    """rows of no classes

    An empty sum: logsumexp −inf in SciPy, PyTorch and JAX; NumPy and SciPy softmax raise.
    Reveals an empty result, −inf, or an error.
    """
    try:
        empty = f.value(e).size == 0
        yield note("gives an empty result" if empty else f"gives {_words(f.value(e))}")
    except CallFailed as error:
        yield raised(error)


@may_law("mean-of-nothing", *LOSSES, needs="reduction", empties=True, when=averaged)
def mean_of_nothing(f: Examination, e: Example) -> Claims:
    """the mean over no rows: an empty batch, all rows ignored, or zero total weight

    0/0: NaN in PyTorch; 0 elsewhere keeps training loops alive.
    Reveals NaN or 0.
    """
    if f.problem(e).denominator == 0:
        yield note(f"gives {_words(f.value(e))}")


_WEIGHTED = (averaged, having("weight"), distributions)


@may_law("soft-label-weighted-mean", _CE, needs="reduction, weight", when=_WEIGHTED)
def soft_label_weighted_mean(f: Examination, e: Example) -> Claims:
    """the mean of soft labels with class weights divides by the number of rows

    PyTorch divides by N, not by the weights; others differ.
    Reveals another denominator.
    """
    if f.problem(e).settled.all():
        yield equal(f.value(e), f.exact(e).wide, f.bound(e))


_UNIGNORED = (each, indices, several_classes, without("ignore_index"))


@may_law("negative-label", *INDICES, costs=1, apart=True, eager=True, when=_UNIGNORED)
def negative_label(f: Examination, e: Example) -> Claims:
    """label −1 where nothing is ignored

    Python indices wrap; PyTorch raises.
    Reveals raises, NaN, another class.
    """
    try:
        got = f.kernel.value(e.but(labels=np.full_like(e.labels, -1)))
    except CallFailed as error:
        yield raised(error)
        return
    last = f.kernel.value(e.but(labels=np.full_like(e.labels, e.classes - 1)))
    wraps = np.array_equal(got.astype(float), last.astype(float), equal_nan=True)
    yield note("takes the last class" if wraps else f"gives {_words(got)}")


@may_law("subnormals", "softmax", when=several_classes)
def subnormals(f: Examination, e: Example) -> Claims:
    """a probability below the smallest normal number

    Flush-to-zero is a property of backend and hardware.
    Reveals kept or flushed to 0.
    """
    p = f.problem(e).rows.p
    small = (p < f.fmt.omega / 2) & (p > 4 * f.fmt.eta) & f.where(e)
    if small.any():
        yield note("flushed to 0" if (f.value(e)[small] == 0).all() else "kept")


@may_law("tie-gradient", "logsumexp", needs="vjp", when=several_classes)
def tie_gradient(f: Examination, e: Example) -> Claims:
    """the gradient at tied maxima

    The closed form is symmetric; the must law holds it.
    Reveals a subgradient of max that leaks.
    """
    got, top = f.vjp(e), f.problem(e).rows.d == 0
    first = np.take_along_axis(got, np.argmax(top, axis=-1)[:, None], -1)
    tied = top & f.where(e, "vjp") & (top.sum(-1, keepdims=True) > 1)
    if tied.any():
        yield same(got, np.broadcast_to(first, got.shape), where=tied)
