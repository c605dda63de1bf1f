"""Ignored rows: no loss, no gradient and no share of the mean, whatever they hold."""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.backends import Unsupported
from conformance.model import Example
from conformance.spec.batches import rows_of
from conformance.spec.claims import Claims, equal, same
from conformance.spec.comparing import agree, attempted, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import law, those, with_options, without_options
from conformance.spec.options import IGNORING
from conformance.spec.which import distributions, each, having, indexed, reduced, summed, without

_DISTRIBUTED = those(lambda f: "ignore_index" in f.options and not (f.indexed or f.matrix))
_IGNORING = (indexed, having("ignore_index"))
ignored_law = partial(law, needs="ignore_index", when=_IGNORING, source="PyTorch CrossEntropyLoss")
gradient_law = partial(ignored_law, needs="vjp, ignore_index")
reduced_law = partial(ignored_law, needs="ignore_index, reduction")


def _some_ignored(e: Example) -> bool:
    """Sums and means of which some rows are ignored and others are not."""
    index = e.options.get("ignore_index")
    given = reduced(e) and indexed(e) and index is not None
    return given and len({*(e.labels == index).tolist()}) == 2


def _refilled(f: Examination, e: Example, fill: float) -> Example:
    """The example with this number in its ignored rows."""
    x = np.array(e.x, copy=True)
    x[f.problem(e).ignored] = fill
    return e.with_first(x)


@ignored_law("ignored-rows-cost-nothing", *IGNORING, when=(each, *_IGNORING))
def ignored_rows_cost_nothing(f: Examination, e: Example) -> Claims:
    """rows whose label is ignore_index have the loss 0 in 'none', whatever they hold

    By definition, also for rows of NaN and inf.
    Reveals a loss masked by multiplication (0·NaN), ignored rows that count as class 0.
    """
    yield same(f.value(e), 0, where=f.problem(e).ignored)


@ignored_law("ignored-rows-are-inert", *IGNORING, costs=2)
def ignored_rows_are_inert(f: Examination, e: Example) -> Claims:
    """the loss does not depend on what ignored rows hold, not even on NaN

    Within the same bits for finite fillings, 2B for NaN and inf. Ignored rows enter neither the
    value nor the denominator. [pytorch#11551]
    Reveals a denominator that counts them, 0·NaN.
    """
    for name, fill in (("finite", -3.0), ("NaN", np.nan)) if f.problem(e).ignored.any() else ():
        other = _refilled(f, e, fill)
        yield unchanged(f, e, other, where=f.where(other), what=name)


def _every_second(e: Example) -> Example:
    """The example with every second row ignored, and no other."""
    index, place = e.options["ignore_index"], np.arange(len(e.labels))
    kept = np.where(e.labels == index, (index + 1) % e.classes, e.labels)
    return e.but(labels=np.where(place % 2 == 0, kept, index).astype(e.labels.dtype))


@reduced_law("ignoring-is-filtering", *IGNORING, costs=1, reshapes=True, when=_some_ignored)
def ignoring_is_filtering(f: Examination, e: Example) -> Claims:
    """ignored rows left out: the same sum and mean

    Within B + B′. By the definition of the sum over kept rows and of its denominator.
    Reveals ignored rows in the denominator.
    """
    if f.kernel.compiles:  # each number of rows
        e = _every_second(e)
    kept = without_options(rows_of(e, ~f.problem(e).ignored), "ignore_index")
    yield agree(f, kept, e, where=f.where(e))


@ignored_law("floating-labels-are-not-ignored", *_DISTRIBUTED, level="should", costs=1,
             reshapes=True, when=(distributions, without("ignore_index")))  # fmt: skip
def floating_labels_are_not_ignored(f: Examination, e: Example) -> Claims:
    """beside floating labels an ignore_index that is a class changes nothing

    Within 2B. It is the index that stands for no class, and floating labels hold no index. A call
    that has both may be refused. [PyTorch refuses it]
    Reveals rows ignored by their most likely class, a class that is left out of the label.
    """
    likely = int(np.argmax(e.labels[0])) if len(e.labels) else 0
    other = f.variant(e, "ignoring", lambda: with_options(e, ignore_index=likely))
    got = attempted(partial(f.kernel.value, other))
    if got is None:
        raise Unsupported("a call that has both is refused")
    yield equal(got, f.value(e), 2 * f.bound(e), where=f.where(e), at=other)


@reduced_law("nothing-kept-sums-to-zero", *IGNORING, when=(summed, *_IGNORING))
def nothing_kept_sums_to_zero(f: Examination, e: Example) -> Claims:
    """all rows ignored: the sum is 0

    An empty sum. The mean, 0/0, is NaN in PyTorch and 0 elsewhere: a may law records it.
    [the definition: an empty sum]
    Reveals a sum that is divided by its count, NaN.
    """
    if f.problem(e).ignored.all():
        yield same(f.value(e), 0)


@gradient_law("ignored-gradient-is-zero", *IGNORING)
def ignored_gradient_is_zero(f: Examination, e: Example) -> Claims:
    """∂ℓ/∂x = 0 exactly in ignored rows of finite logits

    Ignored rows enter neither the value nor the denominator.
    [PyTorch CrossEntropyLoss: an ignored row contributes nothing]
    Reveals p − onehot computed for ignored rows, gradients scaled instead of masked.
    """
    p = f.problem(e)
    rows = p.ignored & np.isfinite(p.x).all(axis=-1) & _has_a_mean(f, e)
    yield same(f.vjp(e), 0, where=rows[:, None])


def _has_a_mean(f: Examination, e: Example) -> bool:
    """False for a mean of nothing."""
    return bool(e.reduction != "mean" or f.problem(e).denominator != 0)


@gradient_law("ignored-gradient-ignores-nan", *IGNORING, level="should", costs=1)
def ignored_gradient_ignores_nan(f: Examination, e: Example) -> Claims:
    """∂ℓ/∂x = 0 in ignored rows also where they hold NaN or inf

    Padding may hold anything. PyTorch gives NaN there (pytorch#11551). [pytorch#11551]
    Reveals 0·NaN in the backward pass: one padded row spoils the batch.
    """
    ignored, other = f.problem(e).ignored, _refilled(f, e, np.nan)
    if ignored.any() and _has_a_mean(f, e):
        yield same(f.vjp(other), 0, where=ignored[:, None], at=other)
