"""Further masks: padding, masks that keep all, masks that broadcast, rows without classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.kernels.failures import CallFailed
from conformance.model import Example, View
from conformance.numerics.effective import is_endless
from conformance.spec.batches import rows_of
from conformance.spec.behaviour import raised
from conformance.spec.claims import Claims, equal, holds, note
from conformance.spec.comparing import both, together, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import law, with_classes, with_options
from conformance.spec.masks import (
    MASKED,
    each,
    gradient_law,
    mask_law,
    masked_out,
    undisturbed,
)
from conformance.spec.which import indices, without

_CE = "cross_entropy_with_logits"
#: The smoothing of a may law.
_ALPHA = 0.25
all_law = partial(mask_law, when=without("where"), masked=False)
may_law = partial(law, level="may", masked=True, costs=1)


def padded(e: Example, count: int) -> Example:
    """The example with `count` more classes, masked, whose logits are large."""
    added = (0, count)
    options = {**e.options, "where": np.pad(~masked_out(e), ((0, 0), added))}
    if (weight := options.get("weight")) is not None:
        options["weight"] = np.pad(weight, added, constant_values=weight.dtype.type(1))
    return with_classes(e, count, 7).but(options=options)


@mask_law("masked-padding-changes-nothing", *MASKED, costs=1, reshapes=True)
def masked_padding_changes_nothing(f: Examination, e: Example) -> Claims:
    """masked classes behind a row, up to a multiple of 16, change nothing

    Within B + B′. The result is f of the elements that take part, however many do not.
    Reveals a count of classes that has the padding in it, a block of padding that is summed.
    """
    other = padded(e, 16 - e.x.shape[-1] % 16)
    own = (..., slice(0, e.x.shape[-1])) if e.function.by_class else ...
    # a floating label has no mass in the padding
    bound, where = f.bound(e) + f.bound(other)[own], f.where(e) & f.where(other)[own]
    yield equal(f.value(other)[own], f.value(e), bound, where=where, at=other)


@all_law("all-kept-is-neutral", *MASKED, costs=1, reshapes=True)
def all_kept_is_neutral(f: Examination, e: Example) -> Claims:
    """a mask that is True throughout changes nothing

    Within 2B. With every element it is the definition without a mask.
    Reveals a masked path with another maximum, sum or ε.
    """
    yield unchanged(f, e, with_options(e, where=np.ones(e.x.shape, bool)))


def square(e: Example) -> bool:
    """As many rows as classes."""
    return e.x.shape[0] == e.x.shape[-1]


@mask_law("a-mask-is-broadcast", *MASKED, costs=3, reshapes=True, prefers=square)
def a_mask_is_broadcast(f: Examination, e: Example) -> Claims:
    """a mask of one row applies to every row; one of one column keeps or drops whole rows

    Within B, as for the mask written out. where= broadcasts against the first argument, as in NumPy
    and JAX. A function that takes masks of the logits' shape only may raise.
    Reveals a mask of classes spread along the batch.
    """
    for at in [_squared(f, e)] if f.kernel.compiles else _along_either_axis(f, e):
        for what, mask in _spread(at, f.kernel.compiles):
            other = _taken(f, with_mask(at, mask))
            got, exact, bound = f.value(other), f.exact(other), f.bound(other)
            yield equal(got, exact, bound, where=f.forced(other), what=what, at=other)


@mask_law("gradient-of-a-broadcast-mask", *MASKED, needs="where, vjp", costs=2, reshapes=True,
          prefers=square)  # fmt: skip
def gradient_of_a_broadcast_mask(f: Examination, e: Example) -> Claims:
    """the gradient under a mask of one row, or of one column, is that of the mask written out

    Within 2B. A mask that broadcasts is the mask written out.
    Reveals a backward pass whose mask is spread along another axis, or that has none.
    """
    for at in _along_either_axis(f, e)[-1:]:
        for what, mask in islice(_spread(at, f.kernel.compiles), 0, None, 2):
            other = _taken(f, with_mask(at, mask), "vjp")
            whole = with_mask(at, np.ascontiguousarray(np.broadcast_to(mask, e.x.shape)))
            yield unchanged(f, whole, other, "vjp", what=what)


def _along_either_axis(f: Examination, e: Example) -> list[Example]:
    """The example; a square also with its classes along the first axis, where both are confused."""
    if not square(e) or "axis" not in f.accepts or f.kernel.compiles:
        return [e]
    return [e, f.variant(e, "first axis", lambda: e.but(view=View(e.view.batch, 0)))]


def _squared(f: Examination, e: Example) -> Example:
    """As many of its rows as classes, if there are: a program with such a mask is one anyway."""
    n, rows = e.x.shape[-1], len(e.x)
    if not 1 < n < rows or len(e.view.batch) > 1:
        return e
    return f.variant(e, "square", lambda: rows_of(e, slice(0, n), View((n,), e.view.axis)))


def _taken(f: Examination, e: Example, quantity: str = "value") -> Example:
    """The example. Unsupported if the implementation refuses it by raising."""
    try:
        f.computed(e, quantity)
    except CallFailed as error:
        if error.kind != "raised":
            raise
        raise Unsupported(f"not taken: {error}") from error
    return e


def _spread(e: Example, few: bool) -> Iterator[tuple[str, Array]]:
    """One row for all, as a matrix and, where classes are last, as a vector; one column.

    The matrix or the vector alone if there are to be `few`. Of one class there is no gradient: the
    row keeps about half of them.
    """
    kept = ~masked_out(e)
    row = kept[np.abs(2 * kept.sum(axis=-1) - kept.shape[-1]).argmin()]
    if "labels" in e.args and e.labels.ndim == 2:
        row = row | (e.labels > 0).any(axis=0)
    elif "labels" in e.args:
        row = row | np.isin(np.arange(len(row)), e.labels)
    last = e.view.axis % (len(e.view.batch) + 1) == len(e.view.batch)
    if not (few and last):
        yield "a mask of one row", row[None]
    if last:
        yield "a vector", row
    if e.reduction == "none":
        yield "a mask of one column", np.arange(len(e.x))[:, None] % 3 != 1


def with_mask(e: Example, mask: Array) -> Example:
    """The example with another mask; cotangents of log_softmax keep to it."""
    other = with_options(e, where=mask)
    if not is_endless(e.function):
        return other
    g = e.args["cotangent"]
    return other.with_argument("cotangent", np.where(mask, g, g.dtype.type(0)))


@mask_law("parts-make-the-whole", "logsumexp", costs=2, corollary=True)
def parts_make_the_whole(f: Examination, e: Example) -> Claims:
    """logaddexp of L(where=m) and L(where=¬m) = L of all

    Within the sum of the bounds. log(Σ_m + Σ_¬m); logaddexp moves by no more than either argument.
    Reveals a mask that is inverted, or left out of the sum.
    """
    rest = with_options(e, where=masked_out(e))
    whole = with_options(e, where=np.ones(e.x.shape, bool))
    got, bound = np.logaddexp(f.value(e), f.value(rest)), together(f, e, rest, whole)
    yield equal(f.value(whole), got, bound, where=both(f, e, rest, whole), at=whole)


def _emptied(f: Examination, e: Example) -> Example:
    """Every third row wholly masked."""
    gone = np.arange(len(e.x)) % 3 == 1
    return f.variant(e, "emptied", lambda: with_mask(e, ~masked_out(e) & ~gone[:, None]))


@mask_law("a-wholly-masked-row-stays-alone", *MASKED, costs=1, when=each)
def a_wholly_masked_row_stays_alone(f: Examination, e: Example) -> Claims:
    """a row without classes does not change the others

    Within 2B. Rows are independent, whatever a row without classes gives: it has no softmax, and
    NaN, zeros and equal shares are conventions.
    Reveals NaN of an empty row that spreads; a guard that looks at the batch as a whole.
    """
    yield undisturbed(f, e, _taken(f, _emptied(f, e)))


@mask_law("a-wholly-masked-row-has-no-more-than-one", "softmax", costs=1, when=each)
def a_wholly_masked_row_has_no_more_than_one(f: Examination, e: Example) -> Claims:
    """a row without classes: NaN, or no p < 0 and Σp ≤ 1

    Within 4u + n a. NaN, zeros and equal shares are conventions; weights of 1 each are none.
    [TensorRT-LLM#17477]
    Reveals e^(x − m) = 1 of every masked class, where m is the sentinel of all of them.
    """
    other = _taken(f, _emptied(f, e))
    got, rows = f.value(other), masked_out(other).all(axis=-1)
    total, most = got.sum(axis=-1), 1 + 4 * f.budget.u + e.classes * f.budget.a
    fine = np.isnan(total) | ((got >= 0).all(axis=-1) & (total <= most))
    yield holds(fine, total, where=rows, what="NaN, or no p < 0 and Σp ≤ 1", at=other)


@gradient_law("gradient-beside-a-wholly-masked-row", *MASKED, costs=1, when=each)
def gradient_beside_a_wholly_masked_row(f: Examination, e: Example) -> Claims:
    """a row without classes changes no other gradient; its own is not NaN if its value is finite

    Within 2B. Rows are independent in the derivative too. Zeros and equal shares depend on no
    logit, and NaN would reach all that the logits are made of; of losses that is not asked.
    Reveals NaN of an empty row that spreads in a backward pass, or that the value alone was cleaned
    of.
    """
    other = _taken(f, _emptied(f, e), "vjp")
    yield undisturbed(f, e, other, "vjp")
    rows, got = masked_out(other).all(axis=-1), f.vjp(other)
    # a loss may be 0 of its label alone: one without mass, or ignored
    if np.isnan(got[rows]).any() and not e.function.labelled:
        number, rows = ~np.isnan(got).any(axis=-1), rows & _all_finite(other.x) & _finite(f, other)
        yield holds(number, what="no NaN, as its value is finite", where=rows, at=other)


def _finite(f: Examination, e: Example) -> Array:
    """The rows whose computed value is finite."""
    value = f.value(e)
    return _all_finite(value) if value.ndim == 2 else np.isfinite(value)


def _all_finite(x: Array) -> Array:
    return np.asarray(np.isfinite(x.astype(np.float64)).all(axis=-1))


def _told(got: Array) -> str:
    """Numbers in words."""
    wide = got.astype(np.float64)
    if wide.size and np.isnan(wide).all():
        return "NaN"
    for number, words in ((0.0, "zeros"), (-np.inf, "−∞"), (np.inf, "+∞")):
        if wide.size and (wide == number).all():
            return words
    if wide.ndim == 2 and wide.size and (wide == wide[:, :1]).all():
        return "equal shares"
    return "numbers" if np.isfinite(wide).all() else "NaN or infinities in places"


def _what_comes(call: Callable[[], Array], rows: Array) -> Claims:
    """What these rows of a call's result are, in words."""
    if not rows.any():
        return
    try:
        yield note(f"gives {_told(call()[rows])}")
    except CallFailed as error:
        yield raised(error)


@may_law("wholly-masked-row", *MASKED, needs="where", when=each)
def wholly_masked_row(f: Examination, e: Example) -> Claims:
    """a row without classes

    It has no softmax: NaN, zeros and equal shares are conventions. JAX gives zeros, torch.masked
    NaN; logsumexp is −∞ in both.
    Reveals NaN, zeros, equal shares, −∞, an exception.
    """
    other = _emptied(f, e)
    rows = np.asarray(masked_out(other).all(axis=-1))
    rows = rows & ~f.problem(other).ignored if e.function.labelled else rows
    yield from _what_comes(lambda: f.value(other), rows)


@may_law("masked-label", _CE, needs="where", when=(each, indices, without("ignore_index")))
def masked_label(f: Examination, e: Example) -> Claims:
    """a label whose class is masked

    −log 0 = +∞ follows from the definition; some programs leave such a row out.
    Reveals +∞, NaN, a number, an exception.
    """
    out = masked_out(e)
    labels = np.where(out.any(axis=-1), np.argmax(out, axis=-1), e.labels).astype(e.labels.dtype)
    other = e.but(labels=labels)
    yield from _what_comes(lambda: f.value(other), np.asarray(out.any(axis=-1)))


_PLAIN = (each, indices, without("weight", "ignore_index"))


def _near(f: Examination, got: Array, want: Array, rows: Array) -> bool:
    return bool((np.abs(got - want) <= 64 * f.fmt.u * (1 + np.abs(want)))[rows].all())


@may_law("smoothing-beside-a-mask", _CE, needs="where, label_smoothing", when=_PLAIN)
def smoothing_beside_a_mask(f: Examination, e: Example) -> Claims:
    """label smoothing where classes are masked

    α/C of a masked class costs +∞ by the definition; some share α among the classes that take part,
    some drop the masked classes' shares.
    Reveals +∞, or α among the others.
    """
    got = f.value(with_options(e, label_smoothing=_ALPHA))
    rows = np.asarray(masked_out(e).any(axis=-1))
    if rows.any():
        known = (words for words, want in _shared(f, e).items() if _near(f, got, want, rows))
        yield note(next(known, f"gives {_told(got[rows])}"))


def _shared(f: Examination, e: Example) -> dict[str, Array]:
    """Ways to smooth a label of masked classes, in words, and the losses."""
    out = masked_out(e)
    shares = np.where(out, 0, -f.problem(e).rows.log_p).sum(axis=-1)
    plain = (1 - _ALPHA) * f.exact(e).wide
    return {
        "α is shared among the classes that take part": plain + _ALPHA * shares / (~out).sum(-1),
        "the shares of masked classes are dropped": plain + _ALPHA * shares / out.shape[-1],
    }
