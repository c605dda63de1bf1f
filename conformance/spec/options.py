"""Options: class weights, pos_weight, smoothing, ignored labels; neutral ones are neutral."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.kernels.failures import CallFailed
from conformance.model import Claim, Example, View
from conformance.spec.claims import equal, same
from conformance.spec.context import Examination
from conformance.spec.declare import law, those, with_options
from conformance.spec.invariance import rows_of
from conformance.spec.losses import each, indexed

_CE = "cross_entropy_with_logits"
_BCE = "binary_cross_entropy_with_logits"
_WEIGHTED = those(lambda f: "weight" in f.options)
_IGNORING = those(lambda f: "ignore_index" in f.options)


def _some_ignored(e: Example) -> bool:
    """True if some rows are ignored and others are not."""
    index = e.options.get("ignore_index")
    return indexed(e) and index is not None and len({*(e.labels == index).tolist()}) == 2


def _neutral(f: Examination, e: Example, name: str, make: Callable[[], Example]) -> Iterator[Claim]:
    other = f.variant(e, name, make)
    bound = f.bound(e) + f.bound(other)
    yield equal(f.value(other), f.value(e), bound, where=f.where(e), at=other)


_NEUTRAL: dict[str, Any] = {
    "bound": "2B",
    "why": "The definition with the neutral value is the definition without the option.",
    "source": "the definitions of the options; PyTorch CrossEntropyLoss, BCEWithLogitsLoss",
    "reveals": "an option that changes the path: another normaliser, another reduction",
    "costs": 1,
    "reshapes": True,
}


@law("weight-one-is-neutral", *_WEIGHTED, says="weights 1 change nothing", options=("weight",),
     when=lambda e: e.options.get("weight") is None and e.size > 0, **_NEUTRAL)  # fmt: skip
def weight_one_is_neutral(f: Examination, e: Example) -> Iterator[Claim]:
    """Unit weights; soft labels keep their own mean."""
    size = e.x.shape[-1] if e.function.rowwise else e.x.shape[0]
    yield from _neutral(f, e, "ones", lambda: with_options(e, weight=np.ones(size, e.fmt.dtype)))


@law("pos-weight-one-is-neutral", _BCE, says="pos_weight 1 changes nothing",
     options=("pos_weight",), when=lambda e: e.options.get("pos_weight") is None,
     **_NEUTRAL)  # fmt: skip
def pos_weight_one_is_neutral(f: Examination, e: Example) -> Iterator[Claim]:
    """Unit positive weight."""
    yield from _neutral(f, e, "one", lambda: with_options(e, pos_weight=np.ones((), e.fmt.dtype)))


@law("absent-ignore-index-is-neutral", *_IGNORING,
     says="an ignore_index that no label has changes nothing",
     options=("ignore_index",),
     when=lambda e: indexed(e) and e.options.get("ignore_index") is None, **_NEUTRAL)  # fmt: skip
def absent_ignore_index_is_neutral(f: Examination, e: Example) -> Iterator[Claim]:
    """An ignored index that does not occur."""
    yield from _neutral(f, e, "absent", lambda: with_options(e, ignore_index=-12345))


@law(
    "pos-weight-scales-positives", _BCE,
    says="ℓ(x, 1; 4ρ) = 4ℓ(x, 1; ρ), ℓ(x, 0; 4ρ) = ℓ(x, 0; ρ)", bound="the sum of the B",
    why="pos_weight multiplies the positive term only; 4 is exact.",
    source="PyTorch BCEWithLogitsLoss: ρ multiplies y log σ(x) alone",
    reveals="pos_weight on negatives, 1 + (ρ − 1)y mistakes, ρ squared",
    options=("pos_weight",), costs=1, reshapes=True, when=each,
)  # fmt: skip
def pos_weight_scales_positives(f: Examination, e: Example) -> Iterator[Claim]:
    """Four times the positive weight."""
    ratio = e.options.get("pos_weight")
    ratio = np.ones((), e.fmt.dtype) if ratio is None else ratio
    other = f.variant(
        e, "times four", lambda: with_options(e, pos_weight=np.asarray(ratio * ratio.dtype.type(4)))
    )
    y = f.problem(e).labels
    factor = np.where(y == 1, 4, 1)
    want = factor * f.value(e).astype(f.fmt.wide)
    bound = factor * f.bound(e) + f.bound(other)
    hard = ((y == 0) | (y == 1)) & f.where(e) & f.where(other)
    yield equal(f.value(other), want, bound, where=hard, at=other)


@law(
    "weights-scale-the-sum", *_WEIGHTED,
    says="4w: each loss and the sum are 4 times as large; the weighted mean of index labels is the "
    "same",
    bound="the sum of the B",
    why="ℓ is linear in w, and so is Σw; 4 is exact. The binary mean divides by the count, so it "
    "is 4 times as large.",
    source="PyTorch CrossEntropyLoss",
    reveals="a mean divided by N instead of Σw, weights normalised, weights applied twice",
    options=("weight",), costs=1, when=lambda e: e.options.get("weight") is not None,
)  # fmt: skip
def weights_scale_the_sum(f: Examination, e: Example) -> Iterator[Claim]:
    """Four times the weights."""
    weight = np.asarray(e.options["weight"])
    larger = (weight * weight.dtype.type(4)).astype(weight.dtype)
    other = f.variant(e, "times four", lambda: with_options(e, weight=np.asarray(larger)))
    mean = e.reduction == "mean" and e.function.rowwise and indexed(e)
    factor = 1 if mean else 4
    with np.errstate(all="ignore"):
        want = factor * f.value(e).astype(f.fmt.wide)
    bound = factor * f.bound(e) + f.bound(other)
    where = f.where(e) & f.where(other) & (np.abs(want) < f.fmt.largest / 2)
    yield equal(f.value(other), want, bound, where=where, at=other)


def smoothed(e: Example, alpha: float) -> Array:
    """(1 − α)·onehot + α/C in wide precision."""
    n = e.x.shape[-1]
    hot = e.labels[:, None] == np.arange(n) if indexed(e) else e.labels.astype(e.fmt.wide)
    return np.asarray((1 - e.fmt.wide(alpha)) * hot + e.fmt.wide(alpha) / n)


@law(
    "smoothing-is-a-soft-label", _CE,
    says="label_smoothing = α is the soft label (1 − α)·onehot + α/C", bound="B + B′ + u of each",
    why="The definition. Where α/C is rounded the soft label moves by u relatively.",
    source="Szegedy et al., arXiv:1512.00567, 7; PyTorch CrossEntropyLoss",
    reveals="α/(C − 1), smoothing after weights, smoothing dropped",
    options=("label_smoothing",), costs=1, reshapes=True,
    when=lambda e: bool(e.options.get("label_smoothing")) and each(e) and e.x.shape[-1] > 0
    and e.options.get("weight") is None,
)  # fmt: skip
def smoothing_is_a_soft_label(f: Examination, e: Example) -> Iterator[Claim]:
    """Smoothing against explicit soft labels."""
    q = smoothed(e, float(e.options["label_smoothing"])).astype(e.fmt.dtype)
    options = {k: v for k, v in e.options.items() if k not in ("label_smoothing", "ignore_index")}
    soft = f.variant(e, "explicit", lambda: e.but(options=options, labels=q))
    moved = f.fmt.u * np.abs(f.exact(soft).wide) + f.fmt.eta * np.abs(
        np.where(np.isfinite(f.problem(e).rows.log_p), f.problem(e).rows.log_p, 0)
    ).sum(axis=-1)
    bound = f.bound(e) + f.bound(soft) + moved
    where = f.where(e) & f.where(soft) & f.problem(e).kept
    yield equal(f.value(soft), f.value(e), bound, where=where, at=soft)


@law(
    "ignored-rows-cost-nothing", *_IGNORING,
    says="rows whose label is ignore_index: loss 0 in 'none', whatever they hold",
    bound="none: exact",
    why="The definition; also for rows of NaN and inf.",
    source="PyTorch CrossEntropyLoss",
    reveals="a loss masked by multiplication (0·NaN), ignored rows that count as class 0",
    options=("ignore_index",), when=lambda e: each(e) and indexed(e)
    and e.options.get("ignore_index") is not None,
)  # fmt: skip
def ignored_rows_cost_nothing(f: Examination, e: Example) -> Iterator[Claim]:
    """Ignored rows are exactly zero."""
    yield same(f.value(e), 0, where=f.problem(e).ignored, at=e)


def _refilled(f: Examination, e: Example, fill: float) -> Example:
    x = np.array(e.x, copy=True)
    x[f.problem(e).ignored] = fill
    return e.with_first(x)


@law(
    "ignored-rows-are-inert", *_IGNORING,
    says="whatever ignored rows hold, NaN too, the loss is the same", bound="none: same bits for "
    "finite fillings, 2B for NaN and inf",
    why="Ignored rows take no part in the value or the denominator.",
    source="pytorch#11551",
    reveals="a denominator that counts them, 0·NaN",
    options=("ignore_index",), costs=2, when=lambda e: indexed(e)
    and e.options.get("ignore_index") is not None,
)  # fmt: skip
def ignored_rows_are_inert(f: Examination, e: Example) -> Iterator[Claim]:
    """Other contents of ignored rows."""
    if not f.problem(e).ignored.any():
        return
    for name, fill in (("finite", -3.0), ("NaN", np.nan)):
        other = f.variant(e, name, lambda v=fill: _refilled(f, e, v))  # type: ignore[misc]
        where = f.where(e) & f.where(other)
        yield equal(f.value(other), f.value(e), 2 * f.bound(e), where=where, what=name, at=other)


@law(
    "ignoring-is-filtering", *_IGNORING,
    says="ignored rows left out: the same sum and mean", bound="B + B′",
    why="The definition of the sum over kept rows and of its denominator.",
    source="PyTorch CrossEntropyLoss",
    reveals="ignored rows in the denominator",
    options=("ignore_index", "reduction"), costs=1, reshapes=True,
    when=lambda e: e.reduction != "none" and _some_ignored(e),
)  # fmt: skip
def ignoring_is_filtering(f: Examination, e: Example) -> Iterator[Claim]:
    """The loss of the kept rows alone."""
    keep = ~f.problem(e).ignored
    options = {k: v for k, v in e.options.items() if k != "ignore_index"}
    args = {k: v[keep] if np.ndim(v) else v for k, v in e.args.items()}
    kept = f.variant(e, "filtered", lambda: e.but(
        view=View((int(keep.sum()),)), options=options, **args))  # fmt: skip
    bound = f.bound(e) + f.bound(kept)
    yield equal(f.value(e), f.value(kept), bound, where=f.where(e) & f.where(kept), at=e)


@law(
    "nothing-kept-sums-to-zero", *_IGNORING,
    says="all rows ignored: the sum is 0", bound="none: exact",
    why="An empty sum. The mean, 0/0, is NaN in PyTorch and 0 elsewhere: a may law records it.",
    source="the definition: an empty sum",
    reveals="a sum that is divided by its count, NaN",
    options=("ignore_index", "reduction"), when=lambda e: e.reduction == "sum"
    and indexed(e) and e.options.get("ignore_index") is not None,
)  # fmt: skip
def nothing_kept_sums_to_zero(f: Examination, e: Example) -> Iterator[Claim]:
    """The sum over no rows."""
    if f.problem(e).ignored.all():
        yield same(f.value(e), 0, at=e)


@law(
    "ignored-gradient-is-zero", *_IGNORING,
    says="∂ℓ/∂x = 0 exactly in ignored rows of finite logits", bound="none: exact",
    why="Ignored rows take no part.",
    source="PyTorch CrossEntropyLoss: an ignored row contributes nothing",
    reveals="p − onehot computed for ignored rows, gradients scaled instead of masked",
    needs=("vjp",), options=("ignore_index",), when=lambda e: indexed(e)
    and e.options.get("ignore_index") is not None,
)  # fmt: skip
def ignored_gradient_is_zero(f: Examination, e: Example) -> Iterator[Claim]:
    """Ignored rows have no gradient."""
    p = f.problem(e)
    rows = (
        p.ignored
        & np.isfinite(p.x).all(axis=-1)
        & bool(p.e.reduction != "mean" or p.denominator != 0)
    )
    yield same(f.vjp(e), 0, where=rows[:, None], at=e)


@law(
    "ignored-gradient-ignores-nan", *_IGNORING,
    level="should",
    says="∂ℓ/∂x = 0 in ignored rows also where they hold NaN or inf", bound="none: exact",
    why="Padding may hold anything. PyTorch gives NaN there (pytorch#11551).",
    source="pytorch#11551",
    reveals="0·NaN in the backward pass: one padded row spoils the batch",
    needs=("vjp",), options=("ignore_index",), costs=1, when=lambda e: indexed(e)
    and e.options.get("ignore_index") is not None,
)  # fmt: skip
def ignored_gradient_ignores_nan(f: Examination, e: Example) -> Iterator[Claim]:
    """Ignored rows of NaN have no gradient."""
    p = f.problem(e)
    if not p.ignored.any() or (p.e.reduction == "mean" and p.denominator == 0):
        return
    other = f.variant(e, "NaN", lambda: _refilled(f, e, np.nan))
    yield same(f.vjp(other), 0, where=p.ignored[:, None], at=other)


#: Elements as a matrix that is no square, which one for the rows does not fit, and as a square.
_SIDES = ((2, 8), (4, 4))


def _per_class(f: Examination, e: Example, name: str) -> Iterator[Claim]:
    """A vector of weights as long as the last axis, and the same weights written out."""
    for rows, columns in _SIDES:
        vector = np.exp2(np.arange(columns) % 5 - 2.0).astype(e.fmt.dtype)
        full = f.variant(
            e,
            f"{name} {rows}",
            lambda r=rows, v=vector: _weighed(e, name, r, np.tile(v, r)),  # type: ignore[misc]
        )
        other = f.variant(
            e,
            f"{name} {rows} vector",
            lambda r=rows, v=vector: _weighed(e, name, r, v),  # type: ignore[misc]
        )
        try:
            got = f.value(other)
        except CallFailed as error:
            if error.kind not in ("raised", "shape"):
                raise
            raise Unsupported(f"{name} has the shape of the logits only: {error}") from error
        words = f"{name} of {columns} numbers for logits of {rows}x{columns}"
        where = f.where(full)
        yield equal(got, f.value(full), 2 * f.bound(full), where=where, what=words, at=other)


def _weighed(e: Example, name: str, rows: int, weights: Array) -> Example:
    count = rows * (_SIDES[0][0] * _SIDES[0][1] // rows)
    part = rows_of(e, slice(0, count), View((rows, count // rows)))
    rest = {k: v for k, v in part.options.items() if k == "reduction"}
    return part.but(options={**rest, name: weights})


def _enough(e: Example) -> bool:
    return e.reduction == "none" and len(e.x) >= _SIDES[0][0] * _SIDES[0][1]


_PER_CLASS: dict[str, Any] = {
    "bound": "2B, against the same weights written out",
    "why": "A vector is spread over the last axis, as arrays are spread: in a square matrix too, "
    "whose rows are as many. A function that takes weights of the logits' shape only may raise.",
    "source": "PyTorch BCEWithLogitsLoss: a vector as long as the classes; NumPy's broadcasting",
    "reveals": "weights of classes taken for weights of rows where there are as many of both",
    "costs": 4,
    "reshapes": True,
    "when": _enough,
}


@law("weight-of-each-class", _BCE, options=("weight",),
     says="weights as long as the last axis are those of its places, or are refused",
     **_PER_CLASS)  # fmt: skip
def weight_of_each_class(f: Examination, e: Example) -> Iterator[Claim]:
    """A vector of weights."""
    yield from _per_class(f, e, "weight")


@law("pos-weight-of-each-class", _BCE, options=("pos_weight",),
     says="a pos_weight as long as the last axis is that of its places, or is refused",
     **_PER_CLASS)  # fmt: skip
def pos_weight_of_each_class(f: Examination, e: Example) -> Iterator[Claim]:
    """A vector of positive weights."""
    yield from _per_class(f, e, "pos_weight")
