"""Reductions whose parts leave float16: Σℓ, N or Σw beyond 65,504 in a mean of ordinary losses.

All other laws are silent there (`Examination.crowded`), so that an overflow is one finding.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.floats import Array
from conformance.model import EACH_OPTION, Claim, Example, View
from conformance.numerics.projections import with_logits
from conformance.spec.claims import Claims, equal
from conformance.spec.context import Examination
from conformance.spec.declare import LOSSES, law, with_options
from conformance.spec.which import averaged, reduced

large_law = partial(law, formats=("float16",), reshapes=True, vast=True)
#: The first odd number of rows that float16 takes for infinitely many, and more than 16 bits count.
_MANY = 65_537
#: What is copied: one example of each set of options, or a counterexample that is seen again.
_SMALL = (EACH_OPTION, "")
#: So many rows have a sum beyond float16, where each loss is 5 or more.
_SUMMED = _MANY // 4
#: The logarithm of the least share of a label.
_LOWEST = -4
#: Logits by which a label is made unlikely, or another class nearly impossible.
_UNLIKELY, _IMPOSSIBLE = 16, 40


@large_law("reduces-large-batches", *LOSSES, when=reduced)
def reduces_large_batches(f: Examination, e: Example) -> Claims:
    """k copies of a batch beyond float16: the mean is that of one batch, the sum k times it

    Within k B of one batch, + θ(L) + θ(w) + 3u of the value; the mean divides both by k. Losses are
    ordinary, none above Ω/2, but Σℓ, N, Σw or Σ_c w|log p_c| leaves the format. (k Σℓ)/(k Σw) =
    Σℓ/Σw: the mean is a number of the format although the sum is not, and stable forms sum in
    float32, average pairs, or divide first. A sum beyond Ω is inf. No other law speaks where a part
    of the reduction is beyond Ω/2 in float16. [IEEE 754-2019, 7.4; pytorch#85791, pytorch#61523]
    Reveals a mean that is summed in half precision, rows or weights counted in it,
    log-probabilities summed before they are multiplied by α/C.
    """
    if f.crowded(e):
        yield equal(f.value(e), f.exact(e), f.bound(e), where=f.summed(e))
    if e.family in _SMALL and not (f.kernel.compiles and e.reduction == "sum"):
        yield from _of_copies(f, e)


def _of_copies(f: Examination, e: Example) -> Claims:
    """Copies of a batch of unlikely labels, and of one in which one class is nearly impossible."""
    base = _unlikely(e)
    rows = _MANY if e.reduction == "mean" and _counted(e, f.kernel.compiles) else _SUMMED
    yield from _copies_agree(f, base, _copies(f, base, rows), "each label made unlikely")
    if e.function.rowwise and e.reduction == "sum" and e.options.get("label_smoothing"):
        far = _one_class_far(e)
        yield from _copies_agree(f, far, _within(f, far), "another class made nearly impossible")


@large_law("gradient-in-large-batches", *LOSSES, needs="vjp", when=averaged)
def gradient_in_large_batches(f: Examination, e: Example) -> Claims:
    """k copies of a batch, N or Σw beyond float16: the mean has 1/k of the gradient of one batch

    Within 1/k of B, its allowance for underflow, and θ(w) + 3u of the gradient. ∂(Σℓ/Σw) of copies:
    each rate is g/(k Σw), a number of the format although k Σw is not. No other law of derivatives
    speaks where N or Σw is beyond Ω/2 in float16. [the chain rule; pytorch#85791]
    Reveals a count or a sum of weights in half precision: gradients of 0 in large batches.
    """
    if f.crowded(e, "vjp"):
        yield equal(f.vjp(e), f.exact(e, "vjp"), f.bound(e, "vjp"), where=f.summed(e, "vjp"))
    if e.family in _SMALL and _counted(e, f.kernel.compiles):
        base = _unlikely(e)
        count = _copies(f, base, _MANY)
        if count and f.where(base, "vjp").any():
            yield _gradient_of_copies(f, base, count)


def _gradient_of_copies(f: Examination, base: Example, count: int) -> Claim:
    """The gradient of the first, the middle and the last copy, against a part of that of one."""
    many, still = _copied(base, count), base.but(cotangent=np.zeros((), base.fmt.dtype))
    want = f.exact(base, "vjp").wide / count
    bound = f.bound(base, "vjp") / count + f.bound(still, "vjp") + _spread(f, many) * np.abs(want)
    got = f.vjp(many).reshape(count, *base.x.shape)[[0, count // 2, -1]]
    words = f"first, middle and last of {count:,} copies, each label made unlikely, cotangent 1"
    want = np.broadcast_to(want, got.shape)
    return equal(got, want, bound, where=f.where(base, "vjp"), what=f"the {words}", at=many)


def _counted(e: Example, compiles: bool) -> bool:
    """One example of each way to count rows: with weights, ignored rows, floating labels."""
    smoothed, weighted = bool(e.options.get("label_smoothing")), "weight" in e.options
    ignoring = e.options.get("ignore_index") is not None
    if compiles:
        return not smoothed and not weighted
    return not smoothed or (ignoring and not weighted)


def _copies_agree(f: Examination, base: Example, count: int, changed: str) -> Claims:
    """That so many copies have the mean of one batch, or as many times its sum."""
    if count and f.where(base).all():
        many, factor = _copied(base, count), 1 if base.reduction == "mean" else count
        want = factor * f.exact(base).wide
        bound = factor * f.bound(base) + _spread(f, many) * np.abs(want)
        yield equal(f.value(many), want, bound, what=f"{count:,} copies, {changed}", at=many)


def _copies(f: Examination, base: Example, rows: int) -> int:
    """How many copies have as many kept rows; 0 if no row is kept."""
    kept = len(base.x) - int(f.problem(base).ignored.sum()) if base.function.rowwise else base.size
    return -(-rows // kept) if kept else 0


def _within(f: Examination, base: Example) -> int:
    """How many copies have a sum in float16, but Σ_c w|log p_c| not; 0 if there is no such."""
    p, largest = f.problem(base), f.fmt.largest
    classes = float(p.class_sum[~p.ignored].sum())
    count = int(0.375 * largest / max(float(f.exact(base).wide), 1.0))
    return count if count * classes > 1.125 * largest and len(base.x) * count < 2 * _MANY else 0


def _spread(f: Examination, many: Example) -> float:
    """θ(L) + θ(w) + 3u of as many rows, at most: not that of a cascade, which overflows here."""
    ones = np.ones((1, len(many.x)), f.fmt.wide)
    return 2 * float(f.budget.theta(ones)[0, 0]) + 3 * f.budget.u


def _copied(base: Example, count: int) -> Example:
    """A batch over and over."""
    args = {k: _again(v, count) if np.ndim(v) else v for k, v in base.args.items()}
    return base.but(view=View((len(args["labels"]),)), options=_options(base, count), **args)


def _options(base: Example, count: int) -> dict[str, object]:
    per_element = {k: v for k, v in base.options.items()
                   if not base.function.rowwise and np.ndim(v)}  # fmt: skip
    return {**base.options, **{k: _again(v, count) for k, v in per_element.items()}}


def _again(rows: Array, count: int) -> Array:
    """The rows over and over."""
    return np.tile(rows, (count, *[1] * (rows.ndim - 1)))


def _unlikely(e: Example) -> Example:
    """The batch with moderate logits or probabilities and weights, and labels that are unlikely."""
    e = _mild(e)
    if not e.function.rowwise:
        return _improbable(e)
    label = _label(e)
    if not e.function.probabilities:
        x = _moderate(e, 4) - _UNLIKELY * label
    else:
        rest = (1 - 2.0**-12) / max(e.x.shape[-1] - 1, 1)
        x = np.where(label, 2.0**-12, rest)
    return with_logits(e, x.astype(e.fmt.dtype))


def _moderate(e: Example, most: float) -> Array:
    """Logits of ordinary size."""
    if e.function.matrix:
        return np.zeros(())
    return np.clip(np.nan_to_num(e.x.astype(np.float64)), -most, most)


def _improbable(e: Example) -> Example:
    """Elements on the wrong side."""
    y = e.labels.astype(np.float64)
    if e.function.logarithms:
        x = -np.clip(np.nan_to_num(np.abs(e.x.astype(np.float64))), 0, 4) - _UNLIKELY
    elif e.function.probabilities:
        x = np.where(y >= 0.5, 2.0**-11, 1 - 2.0**-11)
    else:
        x = np.clip(np.nan_to_num(e.x.astype(np.float64)), -4, 4) + _UNLIKELY * (1 - 2 * y)
    return e.with_first(x.astype(e.fmt.dtype))


def _one_class_far(e: Example) -> Example:
    """The batch with small losses, in which one class has an enormous one."""
    e = _mild(e)
    far = np.roll(_label(e), 1, axis=-1)
    x = _moderate(e, 1) - _IMPOSSIBLE * far
    return with_logits(e, x.astype(e.fmt.dtype))


def _label(e: Example) -> Array:
    """The label of each row, or the class with most of its mass, (R, n)."""
    classes = np.arange(e.classes)
    index = e.labels if e.labels.ndim == 1 else e.labels.argmax(axis=-1)
    return np.asarray(index[:, None] == classes)


def _mild(e: Example) -> Example:
    """Weights from 1 to 4, all classes among the labels, one ignored row, a cotangent of 1.

    Labels that are logarithms stay finite: a class without mass is another law's.
    """
    e = e.but(cotangent=np.ones((), e.fmt.dtype))
    if e.options.get("log_target"):
        e = e.but(labels=np.maximum(e.labels, e.labels.dtype.type(_LOWEST)))
    for name in ("weight", "pos_weight"):
        if e.options.get(name) is not None:
            e = with_options(e, **{name: np.asarray(np.clip(e.options[name], 1, 4))})
    if not e.function.rowwise or e.labels.ndim > 1:
        return e
    ignored, n = e.options.get("ignore_index"), e.classes
    labels = np.arange(len(e.x)) % n
    if ignored is not None:
        labels[labels == ignored] = (ignored + 1) % n
        labels[:1] = ignored
    return e.but(labels=labels.astype(e.labels.dtype))
