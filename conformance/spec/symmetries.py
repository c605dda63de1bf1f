"""Symmetries and inequalities: shifts, permutations, padding, reflection, convexity, slopes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.functions import FUNCTIONS
from conformance.model import Claim, Example, View
from conformance.spec.claims import at_most, equal, same
from conformance.spec.context import Examination
from conformance.spec.declare import CLASSES, UNARY, law, those


def shifted(f: Examination, e: Example) -> tuple[Example, Example, Array]:
    """Logits on a grid, the same moved by a constant, and the rows (R,) where both are exact.

    x is rounded to multiples of g and moved by 2^(p − 2) g: the sum has at most p bits.
    """
    grid = _GRIDS[e.fmt.name]
    x = f.problem(e).x
    with np.errstate(invalid="ignore"):
        coarse = np.round(x / grid) * grid
    moved = coarse + _offset(e)
    pair = [
        f.variant(e, name, lambda v=v: e.with_first(v.astype(e.fmt.dtype)))  # type: ignore[misc]
        for name, v in (("gridded", coarse), ("shifted", moved))
    ]
    exact = (f.problem(pair[0]).x == coarse) & (f.problem(pair[1]).x == moved)
    return pair[0], pair[1], (exact & np.isfinite(moved) | np.isneginf(moved)).all(axis=-1)


def _offset(e: Example) -> float:
    """The constant c."""
    return float(2.0 ** (e.fmt.precision - 2) * _GRIDS[e.fmt.name])


_GRIDS = {"float64": 2.0**-10, "float32": 2.0**-4, "float16": 0.125, "bfloat16": 0.25}


@law(
    "keeps-shift", *those(lambda f: f.shift == "keeps"),
    says="f(x + c) = f(x), x + c exact", bound="2B",
    why="fl((x + c) − (m + c)) rounds the same real number as fl(x − m).",
    source="the definition: e^c cancels in t/S; Blanchard, Higham & Higham (2021)",
    reveals="e^x of raw logits, e^(x − lse), x − lse: errors that grow with the offset",
    costs=2, when=lambda e: e.x.shape[-1] > 0,
)  # fmt: skip
def keeps_shift(f: Examination, e: Example) -> Iterator[Claim]:
    """Exactly shifted logits have the same result."""
    base, moved, exact = shifted(f, e)
    rows = exact[:, None] if e.function.by_class else exact
    rows = np.asarray(rows.all()) if f.value(base).ndim == 0 else rows
    yield equal(f.value(moved), f.value(base), f.bound(base) + f.bound(moved),
                where=f.where(base) & rows, what=f"c = {_offset(e):.17g}", at=moved)  # fmt: skip


@law(
    "moves-with-shift", *those(lambda f: f.shift == "moves"),
    says="logsumexp(x + c) − c = logsumexp(x), x + c exact", bound="B(x) + B(x + c)",
    why="Exact for exact values.",
    source="the definition: log(e^c S) = c + log S",
    reveals="a maximum that is not added back, or twice",
    costs=2, when=lambda e: e.x.shape[-1] > 0,
)  # fmt: skip
def moves_with_shift(f: Examination, e: Example) -> Iterator[Claim]:
    """Shifts come through."""
    base, moved, exact = shifted(f, e)
    offset = _offset(e)
    want = f.value(base).astype(f.fmt.wide) + offset
    bound = f.bound(base) + f.bound(moved)
    yield equal(f.value(moved), want, bound, where=f.where(base) & exact, what=f"c = {offset:.17g}",
                at=moved)  # fmt: skip


def permuted(f: Examination, e: Example, name: str, order: Array) -> Example:
    """The same example with its classes in another order, labels and all."""

    def make() -> Example:
        args: dict[str, Any] = {k: v[:, order] if np.ndim(v) == 2 else v for k, v in e.args.items()}
        options = dict(e.options)
        if e.function.labelled:
            if e.labels.ndim == 1:
                args["labels"] = _relabelled(e, order)
            if options.get("weight") is not None:
                options["weight"] = np.asarray(options["weight"])[order]
        return e.but(options=options, **args)

    return f.variant(e, name, make)


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
    """An ignored index that is also a class would name another class after a permutation."""
    ignore = e.options.get("ignore_index")
    return e.x.shape[-1] > 1 and (ignore is None or not 0 <= ignore < e.x.shape[-1])


@law(
    "follows-permutation", *CLASSES,
    says="f(Px) = P f(x)", bound="2B",
    why="Only the order of the sum changes, and θ covers every order. Bitwise equality is false.",
    source="the definition: Σ has no order",
    reveals="a dropped last element, tile borders, a maximum over a part of the row",
    costs=2, when=_permutable,
)  # fmt: skip
def follows_permutation(f: Examination, e: Example) -> Iterator[Claim]:
    """Permuted classes give permuted results."""
    n = e.x.shape[-1]
    orders = {"reversed": np.arange(n)[::-1], "rotated": np.roll(np.arange(n), 1)}
    for name, order in orders.items():
        moved = permuted(f, e, name, order)
        rows = e.function.by_class
        want, bound = f.value(e), f.bound(e)
        if rows:
            want, bound = want[:, order], bound[:, order]
        yield equal(f.value(moved), want, 2 * bound, where=f.where(e), what=name, at=moved)


@law(
    "padding-changes-nothing",
    *(name for name in CLASSES if name != "entropy_with_logits"),  # masked-class-counts-nothing
    says="extra logits −inf change no result and get probability 0", bound="2B; the zeros exactly",
    why="e^−inf = 0 adds nothing to S; only the order of the sum may change.",
    source="the definition: e^−∞ = 0; C23, F.10.3",
    reveals="masks as −1e4 or −1e9, padding counted in the sum, NaN from −inf − −inf",
    costs=1, reshapes=True,
    when=lambda e: 0 < e.x.shape[-1] <= 1100 and e.options.get("weight") is None
    and not e.options.get("label_smoothing"),
)  # fmt: skip
def padding_changes_nothing(f: Examination, e: Example) -> Iterator[Claim]:
    """Appended −inf logits are inert."""
    n = e.x.shape[-1]
    wider = f.variant(e, "padded", lambda: _padded(e, n))
    if e.options.get("ignore_index") is not None and n <= e.options["ignore_index"] < n + 3:
        return
    got = f.value(wider)
    if e.function.by_class:
        tail = got[:, n:]
        none = 0 if e.function.name == "softmax" else -np.inf
        yield same(tail, none, where=f.where(e), what="padding has probability 0", at=wider)
        got = got[:, :n]
    where = f.where(e)
    if e.function.labelled:  # 0·log 0 of a soft label is another law's
        where = where & f.where(wider)
    yield equal(got, f.value(e), 2 * f.bound(e), where=where, at=wider)


def _padded(e: Example, n: int) -> Example:
    args: dict[str, Any] = dict(e.args)
    for name, value in e.args.items():
        if np.ndim(value) == 2:
            fill = -np.inf if name == e.function.first else 0
            columns = np.full((len(value), 3), fill).astype(value.dtype)
            args[name] = np.concatenate([value, columns], axis=1)
    return e.but(**args)


@law(
    "reflects", "sigmoid",
    says="σ(x) + σ(−x) = 1", bound="B(x) + B(−x) + u",
    why="Exact for exact values; bitwise it is false for half of all inputs.",
    source="the definition: 1/(1 + e^−x) + 1/(1 + e^x) = 1",
    reveals="asymmetric clipping, one branch with another exp",
    costs=1,
)  # fmt: skip
def reflects(f: Examination, e: Example) -> Iterator[Claim]:
    """Complements sum to one."""
    other = f.variant(e, "negated", lambda: e.but(x=-e.x))
    total = f.value(e).astype(f.fmt.wide) + f.value(other).astype(f.fmt.wide)
    bound = f.bound(e) + f.bound(other) + f.budget.u
    yield equal(total, np.ones_like(total), bound, where=f.where(e), at=other)


@law(
    "reflects", "log_sigmoid", "softplus",
    says={
        "log_sigmoid": "log σ(x) − log σ(−x) = x",
        "softplus": "softplus(x) − softplus(−x) = x",
    },
    bound="B(x) + B(−x)",
    why="Exact for exact values.",
    source="the definition: log(1 + e^x) − log(1 + e^−x) = x",
    reveals="a wrong branch, a threshold",
    costs=1,
)  # fmt: skip
def log_reflects(f: Examination, e: Example) -> Iterator[Claim]:
    """Reflections differ by x."""
    other = f.variant(e, "negated", lambda: e.but(x=-e.x))
    with np.errstate(invalid="ignore"):
        got = f.value(e).astype(f.fmt.wide) - f.value(other).astype(f.fmt.wide)
    where = f.where(e) & np.isfinite(f.problem(e).x)
    yield equal(got, f.problem(e).x, f.bound(e) + f.bound(other), where=where, at=other)


def _slope(function: str) -> tuple[str, float]:
    found = FUNCTIONS[function].slope
    assert found is not None
    return found


def _curvature(function: str) -> tuple[str, int]:
    found = FUNCTIONS[function].curvature
    assert found is not None
    return found


@law(
    "no-steeper-than", *those(lambda f: f.slope),
    says=lambda name: _slope(name)[0],
    bound="B(x) + B(y)",
    why="The largest derivative: σ′ ≤ ¼, (log σ)′ ≤ 1, ‖∇L‖₁ = 1, ‖diag p − ppᵀ‖_∞ ≤ ½.",
    source="Gao & Pavel, arXiv:1704.00805",
    reveals="jumps at clips and thresholds, rows mixed up",
    when=lambda e: len(e.x) >= 2 and e.x.shape[-1] > 0, corollary=True,
)  # fmt: skip
def no_steeper_than(f: Examination, e: Example) -> Iterator[Claim]:
    """Neighbouring inputs, or rows, have results no further apart than the slope allows."""
    x, got, bound = f.problem(e).x, f.value(e).astype(f.fmt.wide), f.bound(e)
    where = np.broadcast_to(f.where(e), got.shape)
    if not e.function.rowwise:
        order = np.argsort(x, kind="stable")
        x, got, bound, where = x[order], got[order], bound[order], where[order]
    with np.errstate(invalid="ignore"):
        apart = np.abs(np.diff(x, axis=0))
        if e.function.rowwise:
            apart = np.where(np.isnan(apart), np.inf, apart).max(axis=-1, keepdims=got.ndim == 2)
        rise = np.abs(np.diff(got, axis=0))
        limit = _slope(e.function.name)[1] * apart
    made = where[1:] & where[:-1] & np.isfinite(limit) & np.isfinite(rise)
    yield at_most(rise, limit, bound[1:] + bound[:-1], where=made, at=e)


@law(
    "raising-one-logit", "softmax",
    says="x_i grows ⟹ p_i does not fall and no other p_j grows", bound="B(x) + B(x′)",
    why="∂p_i/∂x_i = p_i(1 − p_i) ≥ 0, ∂p_j/∂x_i = −p_i p_j ≤ 0.",
    source="the derivatives: ∂p_i/∂x_i = p_i(1 − p_i), ∂p_j/∂x_i = −p_i p_j",
    reveals="cross-talk between entries, the wrong row",
    costs=1, when=lambda e: e.x.shape[-1] >= 2,
)  # fmt: skip
def raising_one_logit(f: Examination, e: Example) -> Iterator[Claim]:
    """One logit raised raises its own probability only."""
    n = e.x.shape[-1]
    column = n // 2
    x = np.array(e.x, copy=True)
    with np.errstate(all="ignore"):
        x[:, column] = x[:, column] + np.abs(x[:, column]) * x.dtype.type(0.5) + x.dtype.type(1)
    raised = f.variant(e, "raised", lambda: e.but(x=x))
    own = np.arange(n) == column
    before, after = f.value(e).astype(f.fmt.wide), f.value(raised).astype(f.fmt.wide)
    sign = np.where(own, 1, -1)
    bound = f.bound(e) + f.bound(raised)
    where = f.where(e) & f.where(raised)
    yield at_most(sign * before, sign * after, bound, where=where, at=raised)


@law(
    "equal-logits-share-equally", "softmax",
    level="should",
    says="all logits equal ⟹ p = fl(1/n) for n ≤ 2^p", bound="none: exact",
    why="Every t is 1, S = n exactly in any order, and 1/n is rounded once.",
    source="the definition",
    reveals="counting that stops at 2048 (float16) or 256 (bfloat16), reciprocals",
    when=lambda e: 0 < e.x.shape[-1] <= 2**e.fmt.precision,
)  # fmt: skip
def equal_logits_share_equally(f: Examination, e: Example) -> Iterator[Claim]:
    """Uniform rows are exactly uniform."""
    r = f.problem(e).rows
    flat = (r.d == 0).all(axis=-1, keepdims=True) & f.where(e)
    # float64 division is rounded once; to 16 and 32 bits its double rounding is innocuous
    share = np.float64(1 / e.x.shape[-1]).astype(f.fmt.dtype).astype(f.fmt.wide)
    got = f.value(e).astype(f.fmt.wide)
    yield same(got, np.full(got.shape, share), where=flat, at=e)


@law(
    "nests", "logsumexp",
    says="logsumexp(L(a), L(b)) = L(a ++ b)", bound="B of all three",
    why="Exact for exact values; inner errors enter with weights p ≤ 1.",
    source="the definition: e^L sums, and sums nest",
    reveals="a shift that depends on the size, a term lost between blocks",
    costs=3, reshapes=True, when=lambda e: e.x.shape[-1] >= 2,
)  # fmt: skip
def nests(f: Examination, e: Example) -> Iterator[Claim]:
    """Halves combine to the whole."""
    middle = e.x.shape[-1] // 2
    plain = View((len(e.x),))
    cut = [e.x[:, :middle], e.x[:, middle:]]
    halves = [
        f.variant(e, f"half {k}", lambda h=h: _only_x(e, h, plain))  # type: ignore[misc]
        for k, h in enumerate(cut)
    ]
    both = np.stack([f.value(h).astype(e.fmt.dtype) for h in halves], axis=-1)
    outer = f.variant(e, "outer", lambda: _only_x(e, both, plain))
    bound = f.bound(e) + f.bound(outer) + np.maximum(f.bound(halves[0]), f.bound(halves[1]))
    where = f.where(e) & f.where(halves[0]) & f.where(halves[1]) & f.where(outer)
    yield equal(f.value(outer), f.value(e), bound, where=where, at=e)


def _only_x(e: Example, x: Array, view: View) -> Example:
    args = {"x": np.ascontiguousarray(x)}
    return Example(e.function, e.fmt, args, view, {}, e.family)


@law(
    "doubling-adds-log-two", "logsumexp",
    says="logsumexp(x ++ x) = logsumexp(x) + log 2", bound="B(x ++ x) + B(x) + u",
    why="S doubles exactly.",
    source="the definition: S doubles",
    reveals="ties counted once, blocks skipped",
    costs=1, reshapes=True, when=lambda e: 0 < e.x.shape[-1] <= 2048,
)  # fmt: skip
def doubling_adds_log_two(f: Examination, e: Example) -> Iterator[Claim]:
    """Each logit twice."""
    twice = f.variant(
        e, "twice", lambda: _only_x(e, np.concatenate([e.x, e.x], -1), View((len(e.x),)))
    )
    want = f.value(e).astype(f.fmt.wide) + np.log(f.fmt.wide(2))
    yield equal(f.value(twice), want, f.bound(e) + f.bound(twice), where=f.where(e), at=twice)


@law(
    "convex-at-midpoints", *those(lambda f: f.curvature),
    says=lambda name: _curvature(name)[0],
    bound="the sum of the B", why="Convexity (concavity) of exact values; the midpoint is exact.",
    source="Boyd & Vandenberghe, Convex Optimization, 3.1.5",
    reveals="jumps between branches",
    costs=2, when=lambda e: len(e.x) >= 2 and e.x.shape[-1] > 0,
)  # fmt: skip
def convex_at_midpoints(f: Examination, e: Example) -> Iterator[Claim]:
    """Midpoints of neighbouring rows or elements."""
    grid = _GRIDS[e.fmt.name]
    with np.errstate(invalid="ignore"):
        coarse = np.round(f.problem(e).x / grid) * grid
        exact = (coarse + np.roll(coarse, 1, axis=0)) / 2
    base = f.variant(e, "ends", lambda: e.but(x=coarse.astype(e.fmt.dtype)))
    middle = f.variant(e, "middle", lambda: e.but(x=exact.astype(e.fmt.dtype)))
    kept = (f.problem(middle).x == exact) & (f.problem(base).x == coarse)
    kept = kept.all(axis=-1) if kept.ndim == 2 else kept
    kept = kept & np.roll(kept, 1, axis=0)
    got = f.value(base).astype(f.fmt.wide)
    sign = _curvature(e.function.name)[1]
    with np.errstate(invalid="ignore"):
        mean = (got + np.roll(got, 1, axis=0)) / 2
    bound = f.bound(middle) + f.bound(base) + np.roll(f.bound(base), 1, axis=0)
    where = kept & f.where(base) & np.roll(f.where(base), 1, axis=0) & np.isfinite(mean)
    yield at_most(sign * f.value(middle).astype(f.fmt.wide), sign * mean, bound,
                  where=where & f.where(middle), at=middle)  # fmt: skip


@law(
    "place-does-not-matter", *UNARY,
    says="f(x)[P] = f(x[P]): an element's value does not depend on its place", bound="2B",
    why="The function is elementwise. Vector bodies and scalar tails may use two exps, both "
    "within B.",
    source="the definition; PyTorch's float32 sigmoid differs bitwise",
    reveals="tail loops with a wrong or missing operation, one lane with another exp",
    costs=2, when=lambda e: e.size > 1,
)  # fmt: skip
def place_does_not_matter(f: Examination, e: Example) -> Iterator[Claim]:
    """Reversed and rotated inputs give reversed and rotated results."""
    n = len(e.x)
    for name, order in (("reversed", np.arange(n)[::-1]), ("rotated", np.roll(np.arange(n), 1))):
        moved = f.variant(e, name, lambda o=order: e.but(x=e.x[o]))  # type: ignore[misc]
        yield equal(f.value(moved), f.value(e)[order], 2 * f.bound(e)[order],
                    where=f.where(e)[order], what=name, at=moved)  # fmt: skip
