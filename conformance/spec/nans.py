"""NaN: it leaves every function that it enters, and stays in its row; so does infinity."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.model import Example
from conformance.spec.claims import Claims, holds, same
from conformance.spec.comparing import attempted, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, CLASSES, LOGITS, SOFT, UNARY, law, those
from conformance.spec.which import each, floating, several_rows, with_nan, without


@law("nan-in-nan-out", *UNARY, when=with_nan)
def nan_in_nan_out(f: Examination, e: Example) -> Claims:
    """f(NaN) = NaN

    Every operation of every formula propagates NaN. [IEEE 754-2019, 6.2]
    Reveals comparisons that send NaN down a branch, fmin and fmax, clip.
    """
    yield same(f.value(e), np.nan, where=np.isnan(f.problem(e).x))


@law("nan-fills-the-row", *SOFT, "token_log_prob", masked=True, vast=True,
     when=(with_nan, without("where")))  # fmt: skip
def nan_fills_the_row(f: Examination, e: Example) -> Claims:
    """a NaN logit makes its whole row NaN, also beside +inf

    max and Σ propagate NaN; NumPy, SciPy, PyTorch and JAX agree. A plausible number in its place
    hides the fault upstream. [IEEE 754-2019, 6.2 and 9.6 (maximum)]
    Reveals a maximum that ignores NaN, a NaN hidden behind a mask.
    """
    nan = np.isnan(f.problem(e).x).any(axis=-1, keepdims=e.function.by_class)
    yield same(f.value(e), np.nan, where=nan & counted(f, e))


@law("nan-at-any-place", *CLASSES, costs=1, when=each, prefers=lambda e: e.x.shape[-1] > 8)
def nan_at_any_place(f: Examination, e: Example) -> Claims:
    """one NaN among finite logits, whichever class it is, makes its row NaN, and no other row

    Every class enters max and Σ. Rows are independent.
    [IEEE 754-2019, 6.2 and 9.6 (maximum); tt-metal#56056, tensorflow#116992]
    Reveals a maximum or a mask that drops NaN in a tail, a lane or a block; NaN that spreads.
    """
    made, hit = _one_nan(f, e)
    yield from nan_in_its_rows(f, made, hit)


def _one_nan(f: Examination, e: Example) -> tuple[Example, Array]:
    """Every second row with one NaN in the first, the last or another class; and which rows."""
    count, n = e.x.shape
    places = np.array([0, n - 1, n // 2, *(np.arange(count) * 7 + 3)])[:count] % n
    hit = np.arange(count) % 2 == 0
    x = np.where(np.isfinite(e.x.astype(e.fmt.wide)), e.x, e.x.dtype.type(0))
    x[hit, places[: hit.sum()]] = np.nan
    return f.variant(e, "one NaN", lambda: e.with_first(x)), hit


def nan_in_its_rows(f: Examination, e: Example, hit: Array, out: Array | None = None) -> Claims:
    """That the rows `hit` are NaN and no others, of an example; but for the classes left `out`."""
    got, rows = f.value(e), hit & counted(f, e)
    nan, by_class = np.isnan(got), got.ndim == 2
    taken = nan | out if out is not None and by_class else nan
    where = rows[:, np.newaxis] if by_class else rows
    yield holds(taken, got, what="NaN", where=where, at=e)
    yield holds(~nan, got, what="a number", where=f.where(e), at=e)


def counted(f: Examination, e: Example) -> Any:
    """The rows whose label gives them weight."""
    p = f.problem(e)
    return ~p.ignored & p.kept & (p.Q[:, 0] > 0) if e.function.labelled else True


@law("nan-gives-nan-gradient", *those(lambda f: f.from_logits), needs="vjp", costs=1, when=each)
def nan_gives_nan_gradient(f: Examination, e: Example) -> Claims:
    """one NaN among finite numbers leaves NaN in the gradient of its row, or element

    Every entry of it is made of p or σ, which NaN reaches; a guard against −∞ − (−∞) may keep it
    from some. Here no cotangent is 0, and every row that counts has weight. [IEEE 754-2019, 6.2]
    Reveals nan_to_num in a backward pass, a comparison that sends NaN down a branch: training goes
    on with a gradient of numbers.
    """
    made, hit = _one_nan(f, e) if e.function.rowwise else _every_other(f, e)
    g = e.args["cotangent"]
    g = (1 + np.arange(g.size) % 2).reshape(g.shape).astype(g.dtype)
    made = f.variant(e, "one NaN, no cotangent 0", lambda: made.but(cotangent=g))
    weighs = True if e.function.rowwise or not e.function.labelled else f.problem(e).weight > 0
    where = hit & counted(f, made) if e.function.rowwise else hit & weighs
    got = attempted(lambda: f.vjp(made))
    if got is None:
        raise Unsupported("NaN is refused")
    nan = np.isnan(got)
    nan = np.asarray(nan.any(axis=-1) if nan.ndim > 1 else nan)
    yield holds(nan, what="NaN", where=where, at=made)


def _every_other(f: Examination, e: Example) -> tuple[Example, Array]:
    """Every other element NaN; and which."""
    hit = np.arange(len(e.x)) % 2 == 0
    x = np.where(hit, e.x.dtype.type(np.nan), e.x)
    return f.variant(e, "every other NaN", lambda: e.with_first(x)), hit


@law("nan-cotangent-gives-nan-gradient", *ALL, bound="none: exact; elsewhere 2B", needs="vjp",
     costs=1, when=(each, several_rows))  # fmt: skip
def nan_cotangent_gives_nan_gradient(f: Examination, e: Example) -> Claims:
    """one NaN in the cotangent leaves NaN in the gradient of its row, or element, and in no other

    A gradient that is not 0 has the factor g, or Σpg. What scales losses skips a step by its NaN.
    [IEEE 754-2019, 6.2; torch.amp.GradScaler]
    Reveals nan_to_num in a backward pass, a comparison that takes NaN for 0, NaN that spreads.
    """
    yield from _through(f, e, np.nan, "NaN", np.isnan)


@law("infinite-cotangent-gives-no-number", *ALL, bound="none: exact; elsewhere 2B", needs="vjp",
     costs=1, when=(each, several_rows))  # fmt: skip
def infinite_cotangent_gives_no_number(f: Examination, e: Example) -> Claims:
    """one infinity in the cotangent leaves ±inf or NaN in the gradient of its row, and in no other

    inf times what is not 0 is no number. What scales losses in float16 skips a step by it. To
    refuse it aloud is allowed. [IEEE 754-2019, 6.1 and 7.2; torch.amp.GradScaler]
    Reveals gradients clipped to the format's largest number, an infinity that spreads.
    """
    yield from _through(f, e, np.inf, "infinity", lambda got: ~np.isfinite(got), "inf or NaN")


def _through(
    f: Examination, e: Example, value: float, called: str,
    seen: Callable[[Array], Array], asked: str = "NaN",
) -> Claims:  # fmt: skip
    """That a cotangent with this value in every other row is `seen` in their gradients alone."""
    g, hit = np.array(e.args["cotangent"], copy=True), np.arange(len(e.x)) % 2 == 0
    top = np.argmax(e.x[hit], axis=-1) if g.ndim == 2 else 0
    g[(hit, top) if g.ndim == 2 else hit] = value
    made = f.variant(e, f"{called} in the cotangent", lambda: e.but(cotangent=g))
    got = attempted(lambda: f.vjp(made))
    if got is None:
        raise Unsupported(f"{called} is refused")
    there = np.asarray(f.where(e, "vjp") & np.isfinite(f.vjp(e)) & (f.vjp(e) != 0))
    by_row = -1 if got.ndim == 2 else ()
    yield holds(np.asarray(seen(got).any(by_row)), what=asked, where=hit & there.any(by_row),
                at=made)  # fmt: skip
    yield unchanged(f, e, made, "vjp", where=~hit if got.ndim == 1 else ~hit[:, np.newaxis],
                    what="elsewhere")  # fmt: skip


@law("nan-label-gives-nan-loss", *those(lambda f: "vjp_labels" in f.quantities), level="should",
     bound="none: exact; elsewhere 2B", costs=1,
     when=(each, floating, several_rows, without("weight", "pos_weight", "where")))  # fmt: skip
def nan_label_gives_nan_loss(f: Examination, e: Example) -> Claims:
    """a NaN in a soft label makes its loss NaN, and no other

    ℓ is linear in its labels. A guard q > 0 against 0·log 0 takes NaN for 0, which q ≠ 0 does not.
    To refuse NaN aloud is allowed. [IEEE 754-2019, 6.2]
    Reveals a teacher's NaN that is learned from as if it were no mass.
    """
    y, hit = np.array(e.labels, copy=True), np.arange(len(e.x)) % 2 == 0
    y[(hit, 0) if y.ndim == 2 else hit] = np.nan
    made = f.variant(e, "NaN in a label", lambda: e.but(labels=y))
    got = attempted(lambda: f.value(made))
    if got is None:
        raise Unsupported("NaN is refused")
    yield holds(np.isnan(got), got, what="NaN", where=hit, at=made)
    yield unchanged(f, e, made, where=~hit, what="elsewhere")


nan_law = partial(
    law,
    says="a NaN prediction makes its loss NaN, and the sum and the mean that it is part of",
    source="IEEE 754-2019, 6.2",
    reveals="NaN swallowed by a clamp, a maximum or a sum that skips it: training goes on with "
    "garbage",
)


@nan_law("nan-gives-nan-loss", *LOGITS, vast=True, when=with_nan)
def nan_gives_nan_loss(f: Examination, e: Example) -> Claims:
    """a NaN prediction

    Every operation of every formula propagates NaN, where the label gives it weight.
    """
    yield same(f.value(e), np.nan, where=_lost(f, e))


@nan_law(
    "nan-gives-nan-loss", *those(lambda f: f.reduces and not f.from_logits), costs=1,
    when=several_rows,
)  # fmt: skip
def one_nan_gives_nan_loss(f: Examination, e: Example) -> Claims:
    """one NaN among the predictions

    Every operation of every formula propagates NaN, where the label gives it weight. To refuse NaN
    aloud is allowed.
    """
    made = f.variant(e, "one NaN", lambda: _with_one_nan(f, e))
    got = attempted(lambda: f.kernel.value(made))
    if got is None:
        raise Unsupported("NaN is refused")
    yield same(got, np.nan, where=_lost(f, made), at=made)


def _with_one_nan(f: Examination, e: Example) -> Example:
    """The example with NaN in the middle one of the predictions that count."""
    counts = counted(f, e) if e.function.rowwise else True
    rows, x = np.flatnonzero(np.broadcast_to(counts, len(e.x))), np.array(e.x, copy=True)
    x[rows[len(rows) // 2 :][:1]] = np.nan
    return e.with_first(x)


def _lost(f: Examination, e: Example) -> Array:
    """Where a loss is NaN: of a prediction that counts, or of all that are reduced with it."""
    p = f.problem(e)
    nan = np.isnan(p.x)
    if e.function.rowwise:
        by_label = e.function.probabilities or e.function.logarithms
        nan = (nan & (p.A > 0) if by_label else nan).any(axis=-1) & counted(f, e)
    elif e.function.logarithms:
        nan = nan & (p.labels > (-np.inf if e.options.get("log_target") else 0))
    else:
        nan = nan & (p.weight > 0)
    return nan if e.reduction == "none" else np.asarray(nan.any() and p.denominator != 0)
