"""Symmetries: shifts, permutations, padding, reflection, rows put together."""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.model import Example, View
from conformance.spec.claims import Claims, equal, same
from conformance.spec.comparing import agree, both, together, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import CLASSES, UNARY, law, those, with_classes
from conformance.spec.which import several, several_classes, up_to, without

#: Steps between logits that are then moved exactly.
GRIDS = {"float64": 2.0**-10, "float32": 2.0**-4, "float16": 0.125, "bfloat16": 0.25}
#: Classes that are added at −inf.
_MORE = 3
#: `masked-class-counts-nothing` says so of the entropy.
_PADDED = tuple(name for name in CLASSES if name != "entropy_with_logits")
_REFLECTED = {
    "log_sigmoid": "log σ(x) − log σ(−x) = x",
    "softplus": "softplus(x) − softplus(−x) = x",
}


def shifted(f: Examination, e: Example) -> tuple[Example, Example, Array]:
    """Logits on a grid, the same moved by a constant, and the rows (R,) where both are exact.

    x is rounded to multiples of g and moved by 2^(p − 2) g: the sum has at most p bits.
    """
    coarse = on_a_grid(f, e)
    moved = coarse + _offset(e)
    base = f.variant(e, "gridded", lambda: e.with_first(coarse.astype(e.fmt.dtype)))
    other = f.variant(e, "shifted", lambda: e.with_first(moved.astype(e.fmt.dtype)))
    exact = (f.problem(base).x == coarse) & (f.problem(other).x == moved)
    return base, other, (exact & np.isfinite(moved) | np.isneginf(moved)).all(axis=-1)


def on_a_grid(f: Examination, e: Example) -> Array:
    """The logits rounded to multiples of a power of two, in wide precision."""
    grid = GRIDS[e.fmt.name]
    return np.asarray(np.round(f.problem(e).x / grid) * grid)


def _offset(e: Example) -> float:
    """The constant c."""
    return float(2.0 ** (e.fmt.precision - 2) * GRIDS[e.fmt.name])


@law("keeps-shift", *those(lambda f: f.shift == "keeps"), costs=2, uncapped=True)
def keeps_shift(f: Examination, e: Example) -> Claims:
    """f(x + c) = f(x), x + c exact

    Within 2B. fl((x + c) − (m + c)) rounds the same real number as fl(x − m).
    [the definition: e^c cancels in t/S; Blanchard, Higham & Higham (2021)]
    Reveals e^x of raw logits, e^(x − lse), x − lse: errors that grow with the offset.
    """
    base, moved, exact = shifted(f, e)
    rows = exact.reshape(-1, 1) if e.function.by_class else exact
    where = rows if e.reduction == "none" else rows.all()
    yield agree(f, base, moved, where=where, what=f"c = {_offset(e):.17g}")


@law("moves-with-shift", *those(lambda f: f.shift == "moves"), costs=2)
def moves_with_shift(f: Examination, e: Example) -> Claims:
    """logsumexp(x + c) − c = logsumexp(x), x + c exact

    Within B(x) + B(x + c). An identity of exact values. [the definition: log(e^c S) = c + log S]
    Reveals a maximum that is not added back, or twice.
    """
    base, moved, exact = shifted(f, e)
    want, bound, c = f.value(base) + _offset(e), together(f, base, moved), f"c = {_offset(e):.17g}"
    yield equal(f.value(moved), want, bound, where=f.where(base) & exact, what=c, at=moved)


def permuted(e: Example, order: Array) -> Example:
    """The same example with its classes in another order, labels and all."""
    args: dict[str, Any] = {k: v[:, order] if np.ndim(v) == 2 else v for k, v in e.args.items()}
    options = dict(e.options)
    if e.function.labelled:
        if e.labels.ndim == 1:
            args["labels"] = _relabelled(e, order)
        if options.get("weight") is not None:
            options["weight"] = np.asarray(options["weight"])[order]
    return e.but(options=options, **args)


def _relabelled(e: Example, order: Array) -> Array:
    inverse = np.argsort(order)
    n = len(order)
    valid = (e.labels >= 0) & (e.labels < n)
    ignore = e.options.get("ignore_index")
    if ignore is not None:
        valid &= e.labels != ignore
    moved = inverse[np.where(valid, e.labels, 0)]
    return np.where(valid, moved, e.labels).astype(e.labels.dtype)


def _permutable(e: Example) -> bool:
    """False if the ignored index is a class, which a permutation would change."""
    ignore = e.options.get("ignore_index")
    return e.x.shape[-1] > 1 and (ignore is None or not 0 <= ignore < e.x.shape[-1])


def _orders(size: int) -> dict[str, Array]:
    """Two permutations of so many things."""
    return {"reversed": np.arange(size)[::-1], "rotated": np.roll(np.arange(size), 1)}


@law("follows-permutation", *CLASSES, costs=2, when=_permutable)
def follows_permutation(f: Examination, e: Example) -> Claims:
    """f(Px) = P f(x)

    Within 2B. Only the order of the sum changes, and θ covers every order; the bits may differ.
    [the definition: Σ has no order]
    Reveals a dropped last element, tile borders, a maximum over a part of the row.
    """
    for name, order in _orders(e.x.shape[-1]).items():
        there = (..., order) if e.function.by_class else ...
        moved, want, bound = permuted(e, order), f.value(e)[there], 2 * f.bound(e)[there]
        yield equal(f.value(moved), want, bound, where=f.where(e), what=name, at=moved)


@law("place-does-not-matter", *UNARY, costs=2, when=several)
def place_does_not_matter(f: Examination, e: Example) -> Claims:
    """f(x)[P] = f(x[P]): an element's value does not depend on its place

    Within 2B. The function is elementwise. Vector bodies and scalar tails may use two exps, both
    within B. [the definition; PyTorch's float32 sigmoid differs bitwise]
    Reveals tail loops with a wrong or missing operation, one lane with another exp.
    """
    for name, order in _orders(len(e.x)).items():
        yield unchanged(f, e, e.with_first(e.x[order]), rows=order, what=name)


def _paddable(e: Example) -> bool:
    """False if the ignored index is a class of the padding, which would make it a label."""
    n, ignored = e.x.shape[-1], e.options.get("ignore_index")
    fits = n <= 1100 and (ignored is None or not n <= ignored < n + _MORE)
    return fits and without("weight", "label_smoothing")(e)


@law("padding-changes-nothing", *_PADDED, costs=1, reshapes=True, when=_paddable, uncapped=True)
def padding_changes_nothing(f: Examination, e: Example) -> Claims:
    """extra logits of −inf change no result and get probability 0

    Within B + B′; the zeros exactly. e^−inf = 0 adds nothing to S; only the order of the sum may
    change. [the definition: e^−∞ = 0; C23, F.10.3]
    Reveals masks as −1e4 or −1e9, padding counted in the sum, NaN from −inf − −inf.
    """
    n, wider, of = e.x.shape[-1], with_classes(e, _MORE, -np.inf), e.function
    own = (slice(None), slice(n)) if of.by_class else ...
    got, bound = f.value(wider)[own], f.bound(e) + f.bound(wider)[own]  # of a longer sum
    where = f.where(wider) if of.labelled else True  # 0·log 0 of a soft label is another law's
    yield equal(got, f.value(e), bound, where=f.where(e) & where, at=wider)
    if of.by_class:
        nothing, words = 0 if of.range == (0, 1) else -np.inf, "padding has probability 0"
        yield same(f.value(wider)[:, n:], nothing, where=f.where(e), what=words, at=wider)


@law("reflects", "sigmoid", costs=1)
def reflects(f: Examination, e: Example) -> Claims:
    """σ(x) + σ(−x) = 1

    Within B(x) + B(−x) + u. An identity of exact values; of rounded ones it is false for half of
    all inputs. [the definition: 1/(1 + e^−x) + 1/(1 + e^x) = 1]
    Reveals asymmetric clipping, one branch with another exp.
    """
    other = e.with_first(-e.x)
    total, bound = f.value(e) + f.value(other), together(f, e, other) + f.budget.u
    yield equal(total, 1, bound, where=f.where(e), at=other)


@law("reflects", "log_sigmoid", "softplus", says=_REFLECTED, costs=1)
def log_reflects(f: Examination, e: Example) -> Claims:
    """f(x) and f(−x) differ by x

    Within B(x) + B(−x). An identity of exact values.
    [the definition: log(1 + e^x) − log(1 + e^−x) = x]
    Reveals a wrong branch, a threshold.
    """
    other, x = e.with_first(-e.x), f.problem(e).x
    where = f.where(e) & np.isfinite(x)
    yield equal(f.value(e) - f.value(other), x, together(f, e, other), where=where, at=other)


def _countable(e: Example) -> bool:
    """Rows of no more classes than the format counts exactly."""
    return bool(e.x.shape[-1] <= 2**e.fmt.precision)


@law("equal-logits-share-equally", "softmax", level="should", when=_countable, unscaled=True)
def equal_logits_share_equally(f: Examination, e: Example) -> Claims:
    """all logits equal ⟹ p = fl(1/n) for n ≤ 2^p

    Every t is 1, S = n exactly in any order, and 1/n is rounded once. [the definition]
    Reveals counting that stops at 2048 (float16) or 256 (bfloat16), reciprocals.
    """
    flat = (f.problem(e).rows.d == 0).all(axis=-1, keepdims=True) & f.where(e)
    # float64 division is rounded once; to 16 and 32 bits its double rounding is innocuous
    share = np.float64(1 / e.x.shape[-1]).astype(f.fmt.dtype).astype(f.fmt.wide)
    yield same(f.value(e), share, where=flat)


@law("nests", "logsumexp", costs=3, reshapes=True, when=several_classes)
def nests(f: Examination, e: Example) -> Claims:
    """logsumexp(L(a), L(b)) = L(a ++ b)

    Within the sum of the three bounds. An identity of exact values; inner errors enter with weights
    p ≤ 1. [the definition: e^L sums, and sums nest]
    Reveals a shift that depends on the size, a term lost between blocks.
    """
    a, b = (_of(e, half) for half in np.array_split(e.x, [e.x.shape[-1] // 2], axis=-1))
    outer = _of(e, np.stack([f.value(a), f.value(b)], axis=-1).astype(e.fmt.dtype))
    bound = together(f, e, outer) + np.maximum(f.bound(a), f.bound(b))
    yield equal(f.value(outer), f.value(e), bound, where=both(f, e, a, b, outer))


def _of(e: Example, x: Array) -> Example:
    """An example of other rows."""
    args = {"x": np.ascontiguousarray(x)}
    return Example(e.function, e.fmt, args, View((len(x),)), {}, e.family)


@law("doubling-adds-log-two", "logsumexp", costs=1, reshapes=True, when=up_to(2048))
def doubling_adds_log_two(f: Examination, e: Example) -> Claims:
    """logsumexp(x ++ x) = logsumexp(x) + log 2

    Within B(x ++ x) + B(x) + u. S doubles exactly. [the definition: S doubles]
    Reveals ties counted once, blocks skipped.
    """
    twice = _of(e, np.concatenate([e.x, e.x], axis=-1))
    want = f.value(e) + np.log(f.fmt.wide(2))
    yield equal(f.value(twice), want, together(f, e, twice), where=f.where(e), at=twice)
