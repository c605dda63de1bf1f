"""Where the definition leaves a value open, its derivative is that of the value which is given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.model import Example
from conformance.numerics.effective import mask_of
from conformance.spec.claims import Claims, equal
from conformance.spec.context import Examination
from conformance.spec.declare import law, with_options, without_options
from conformance.spec.masks import is_masked
from conformance.spec.temperatures import finite
from conformance.spec.which import distributions, each, having, indexed, mild, without
from conformance.spec.z_losses import PULLED

_CE = "cross_entropy_with_logits"
#: Numbers of every format that are small beside 1, and not so small that rounding hides them.
_LAMBDA, _ALPHA = 0.125, 0.25
open_law = partial(
    law,
    level="must",
    formats=("float32",),
    costs=2,
    reshapes=True,
    source="the chain rule: a gradient is that of a value",
)


class Way(NamedTuple):
    """A value and its gradient by one convention, their bounds, and the rows that it speaks of."""

    value: Array
    bound: Array
    gradient: Array
    slope_bound: Array
    rows: Array


def follows(f: Examination, e: Example, ways: Iterator[Way]) -> Claims:
    """The gradient is that of a way whose value is the one given. Unsupported where none is.

    Where several are, as of weights that are all 1, any of them is right.
    """
    got = f.value(e)
    fitting = [way for way in ways if _fits(got, way)]
    if not fitting:
        raise Unsupported("its value is by another convention")
    way = min(fitting, key=lambda way: _distance(f.vjp(e), way))
    yield equal(f.vjp(e), way.gradient, way.slope_bound, where=way.rows[:, None], at=e)


def _fits(got: Array, way: Way) -> bool:
    off = np.abs(got - way.value) <= way.bound
    return bool(way.rows.any() and off[way.rows].all())


def _distance(got: Array, way: Way) -> float:
    return float(np.abs(got - way.gradient)[way.rows].sum())


@open_law("gradient-of-z-loss-beside-weights", *PULLED, needs="z_loss, weight, vjp",
          when=(having("weight"), without("label_smoothing"), each, indexed, finite,
                mild))  # fmt: skip
def gradient_of_z_loss_beside_weights(f: Examination, e: Example) -> Claims:
    """whether the label's weight multiplies λL² or not, it does the same in the gradient

    Within 2(B + B′), B of the weighted loss and B′ of that with z, as often as the weight says.
    Which of the two a loss is, its value tells: w ℓ + λL² or w(ℓ + λL²).
    Reveals weights that one of value and gradient forgets.
    """
    both = f.variant(e, "both", lambda: with_options(e, z_loss=_LAMBDA))
    yield from follows(f, both, _weighed_or_not(f, e))


def _weighed_or_not(f: Examination, e: Example) -> Iterator[Way]:
    """w ℓ and as much of λL² as either convention has, by losses that have one of the two."""
    plain = f.variant(e, "plain", lambda: without_options(e, "weight"))
    pulled = f.variant(e, "pulled", lambda: with_options(plain, z_loss=_LAMBDA))
    rows = np.asarray(f.where(e) & f.where(pulled) & f.problem(e).kept)
    rows &= (f.where(e, "vjp") & f.where(pulled, "vjp")).all(axis=-1)
    for share in (np.ones(len(e.x), f.fmt.wide), f.problem(e).row_weight):
        found = [
            _beside(f, e, plain, pulled, quantity, factor)
            for quantity, factor in (("value", share), ("vjp", share[:, None]))
        ]
        yield Way(*found[0], *found[1], rows)


def _beside(
    f: Examination, e: Example, plain: Example, pulled: Example, quantity: str, share: Array
) -> tuple[Array, Array]:
    """A quantity of the weighted loss and a share of what z adds to the plain one; 2(B + B′)."""
    added = f.exact(pulled, quantity).wide - f.exact(plain, quantity).wide
    bound = 2 * (f.bound(e, quantity) + share * f.bound(pulled, quantity))
    return f.exact(e, quantity).wide + share * added, np.asarray(bound)


@open_law("gradient-of-smoothing-beside-a-mask", _CE, needs="where, label_smoothing, vjp",
          masked=True, when=(is_masked, each, indexed, finite, mild,
                             without("label_smoothing", "weight")))  # fmt: skip
def gradient_of_smoothing_beside_a_mask(f: Examination, e: Example) -> Claims:
    """α is shared by the classes that take part, or is α/C each, in the gradient as in the value

    Within 2B of the loss with that label. Of the K classes that take part each has α/K or α/C of
    it, whichever the value tells; the label of the definition has masked classes: +∞.
    Reveals a gradient whose shares are those of all classes.
    """
    both = f.variant(e, "both", lambda: with_options(e, label_smoothing=_ALPHA))
    yield from follows(f, both, _shared(f, e))


def _shared(f: Examination, e: Example) -> Iterator[Way]:
    """The loss of a label that is smoothed over the classes that take part, by either share."""
    kept = mask_of(e)
    assert kept is not None
    hot, plain = e.labels[:, None] == np.arange(e.classes), without_options(e, "ignore_index")
    few = f.problem(e).kept & ~kept.all(axis=-1) & (kept.sum(axis=-1) > 1)
    for share in (1 / kept.sum(axis=-1, keepdims=True), 1 / e.classes):
        labels = ((1 - _ALPHA) * hot + _ALPHA * share * kept).astype(e.fmt.dtype)
        soft = f.variant(e, f"{np.ndim(share)}", lambda q=labels: plain.but(labels=q))  # type: ignore[misc]
        settled = f.where(soft) | f.where_without_mass(soft)
        rows = few & settled & f.where(soft, "vjp").all(axis=-1)
        value, slope = (
            (f.exact(soft, quantity).wide, np.asarray(2 * f.bound(soft, quantity)))
            for quantity in ("value", "vjp")
        )
        yield Way(*value, *slope, rows)


_WEIGHTED = (distributions, having("weight"), finite, mild)


@open_law("gradient-of-a-weighted-soft-mean", _CE, needs="reduction, weight, vjp", costs=3,
          when=_WEIGHTED)  # fmt: skip
def gradient_of_a_weighted_soft_mean(f: Examination, e: Example) -> Claims:
    """the weighted mean of soft labels divides its gradient by what it divides its value by

    Within 2B/D + 4|∂Σℓ/D| B′/Σℓ + 2a(1 + Q + Σw), B and B′ those of the sum. D = Σℓ/mean is what
    the value tells, with its error. Rows and sums of weights are usual; neither depends on logits.
    Reveals a normaliser that one of value and gradient forgets.
    """
    total, mean = (f.variant(e, how, lambda how=how: _reduced(e, how)) for how in ("sum", "mean"))  # type: ignore[misc]
    exact, own = f.exact(total).wide, f.value(mean)
    share, error = own / exact, f.bound(total) / exact
    where = f.where(total) & f.where(total, "vjp") & np.isfinite(share) & (share > 0)
    want, bound = share * f.exact(total, "vjp").wide, 2 * share * f.bound(total, "vjp")
    small = 2 * f.budget.a * (1 + f.problem(total).Q + f.problem(total).class_weight.sum())
    bound = bound + 4 * np.abs(want) * error + small
    yield equal(f.vjp(mean), want, bound, where=where & (np.asarray(error) < 1 / 8), at=mean)


def _reduced(e: Example, reduction: str) -> Example:
    one: Any = np.ones((), e.fmt.dtype)
    return with_options(e, reduction=reduction).with_argument("cotangent", one)
