"""Sums along several axes at once, and axes that are kept with length 1."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import isqrt, prod

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.kernels.failures import CallFailed
from conformance.kernels.spread_rows import Spread, along
from conformance.model import Example, View
from conformance.spec.batches import rows_of
from conformance.spec.claims import Claims, equal, holds
from conformance.spec.comparing import unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import law, those, with_options
from conformance.spec.which import several_rows, without

#: What rows differ by: e^x of one by another's maximum leaves every format.
_LOWER = 800
#: Axes that are summed over together: more elements than a block of 4,096.
_LARGE = (71, 70)
#: Two axes that are kept, and two that are not: of one length, and each of its own.
_FOUR_AXES = ((2, 2), (2, 2)), ((3, 4), (2, 5))
_KEEPING = those(lambda f: "keepdims" in f.options)
axes_law = partial(
    law,
    costs=3,
    reshapes=True,
    when=several_rows,
    bound="B of the row of all these elements",
    why="A sum has no order. What takes one axis only raises; numbers in another shape are wrong.",
    source="the definition; torch.logsumexp, jax.nn.logsumexp, scipy.special.logsumexp",
)
keeping_law = partial(
    law,
    needs="keepdims",
    costs=1,
    reshapes=True,
    when=without("keepdims"),
    bound="2B",
    why="An axis of length 1 holds the same numbers.",
    source="numpy.sum, torch.logsumexp, jax.nn.logsumexp",
)


@keeping_law("keepdims-changes-no-number", *_KEEPING)
def keepdims_changes_no_number(f: Examination, e: Example) -> Claims:
    """keepdims=True gives the same numbers, and leaves each axis that is summed over as 1

    Reveals an axis that is kept at the end instead of its place, an option that is not looked at.
    """
    yield unchanged(f, e, _kept(f, e))


@keeping_law("gradient-with-keepdims", *_KEEPING, needs="keepdims, vjp")
def gradient_with_keepdims(f: Examination, e: Example) -> Claims:
    """the gradient with keepdims=True is that without it

    Reveals a cotangent that is given an axis which it has.
    """
    yield unchanged(f, e, _kept(f, e), "vjp")


def _kept(f: Examination, e: Example) -> Example:
    """With the axis kept; along the first one if that is a program of its own anyway."""
    first = f.kernel.compiles and "axis" in f.accepts and len(e.view.batch) == 1
    view = View(e.view.batch, 0) if first else e.view
    return f.variant(e, "kept", lambda: with_options(e, keepdims=True).but(view=view))


@axes_law("several-axes-are-one-row", *_KEEPING, needs="axis")
def several_axes_are_one_row(f: Examination, e: Example) -> Claims:
    """L along several axes, in any order, is that of their elements as one row, or is refused

    `axis=None` is all axes. Also with a mask, one that broadcasts too, and with each axis kept with
    length 1.
    Reveals the maximum along one of them alone, axes that are counted when one is gone already, or
    sorted before negative ones are counted from the end, an option that is looked at along one axis
    only, a mask of one column that is read as one of rows.
    """
    yield from _spread(f, e, "value")


@axes_law("gradient-along-several-axes", *_KEEPING, needs="axis, vjp")
def gradient_along_several_axes(f: Examination, e: Example) -> Claims:
    """the gradient along several axes is that of their elements as one row, or is refused

    Reveals a cotangent or a sum that is spread over one of the axes alone, a cotangent whose axes
    are put back in the order in which they were given.
    """
    yield from _spread(f, e, "vjp")


def _spread(f: Examination, e: Example, quantity: str) -> Claims:
    """The claims for each layout of axes that is not refused. Unsupported if all are.

    What refuses several axes is not asked for all: its axis=None may be the last one.
    """
    if f.subject.mode == "vmap":
        raise Unsupported("vmap takes the batch away")
    taken, refused = False, ""
    for rows, way in _ways(f, e, quantity):
        if way.axes is None and not taken:
            continue
        try:
            got = along(f.kernel, way).compute(quantity, rows)
        except CallFailed as error:
            if error.kind == "shape" and (way.axes is not None or rows.options.get("keepdims")):
                taken = True
                yield holds(np.False_, what=f"{_words(rows, way)}: {error.message}", at=rows)
            elif error.kind not in ("raised", "shape"):
                raise
            refused = refused or str(error)
            continue
        taken = True
        want, bound, where = (g(rows, quantity) for g in (f.exact, f.bound, f.where))
        yield equal(got, want, bound, where=where, what=_words(rows, way), at=rows)
    if not taken:
        raise Unsupported(f"one axis only: {refused}")


def _words(rows: Example, way: Spread) -> str:
    shape = (*rows.view.batch, *way.sizes)
    options = "".join(f", {name}=" for name in rows.options)
    return f"axis={way.axes} of {'x'.join(str(shape[k]) for k in way.order)}{options}"


def _ways(f: Examination, e: Example, quantity: str) -> Iterator[tuple[Example, Spread]]:
    """Rows joined from several, and how they are spread; a single way if each is compiled.

    The second and the whole keep their axes; the third, of a gradient the second, and the last
    three have masks, if the function has those options: the last two of length 1 along one axis.
    So many rows are joined that as many are left: no axis can be told by its length; once each can.
    A tuple of one axis is that axis. All axes are three and, with masks, two.
    """
    count, n = len(e.x), e.x.shape[-1]
    group, of_them = (isqrt(count), isqrt(count)) if count > 3 else (count, 1)
    part = rows_of(e, slice(0, group * of_them))
    rows = f.variant(e, "joined", lambda: _joined(part, (of_them,), group * n))
    yield rows, Spread((group, n), (1, 0, 2), (2, 0))
    if not f.kernel.compiles:
        kept = {"keepdims": True} if "keepdims" in f.accepts else {}
        masked = f.variant(e, "masked", lambda: _masked(f, rows))
        second, third = (rows, masked) if quantity == "value" else (masked, rows)
        yield with_options(second, **kept), Spread((group, n), (0, 1, 2), (2, -2))
        yield third, Spread((group, n), (0, 1, 2), (-2, -1))
        for batch, sizes in _FOUR_AXES:
            yield _again(f, e, batch, prod(sizes)), Spread(sizes, (2, 0, 3, 1), (2, 0))
        yield _again(f, e, (2, 2), 8), Spread((2, 2, 2), (2, 0, 3, 4, 1), (3, 0, -3))
        yield f.variant(e, "one", lambda: _joined(e, (count,), n)), Spread((n,), (1, 0), (0,))
        yield f.variant(e, "large", lambda: _large(e)), Spread(_LARGE, (0, 1), (-2, -1))
        whole = f.variant(e, "whole", lambda: _masked(f, _joined(e, (), count * n)))
        yield with_options(whole, **kept), Spread((1, count, n), (1, 0, 2), None)
        if "where" in f.accepts:
            column = np.arange(count)[:, None] % 3 != 1
            yield _sharing(whole, (count, n), column, 1), Spread((count, n), (0, 1), None, 1)
            planes = np.arange(len(rows.x) * n).reshape(-1, 1, n) % 3 > 0
            yield _sharing(rows, (group, n), planes, 0), Spread((group, n), (1, 2, 0), (-2, 0), 1)


def _again(f: Examination, e: Example, batch: tuple[int, ...], n: int) -> Example:
    return f.variant(e, f"{batch} {n}", lambda: _repeated(e, batch, n))


def _repeated(e: Example, batch: tuple[int, ...], n: int) -> Example:
    """The numbers of the example over and over, as rows of so many, each at a level of its own.

    What recurs in one row does in others: they may be alike but for their order.
    """
    rows = prod(batch)
    args: dict[str, Array] = {
        k: np.resize(v, (rows, n)) for k, v in e.args.items() if v.shape == e.x.shape
    }
    args["cotangent"] = np.resize(e.args["cotangent"], rows)
    made = e.but(view=View(batch), options={}, **args)
    fine = np.where(np.abs(made.x) < _LOWER, made.x, made.x.dtype.type(0))
    levels = np.arange(rows)[:, None].astype(fine.dtype)
    return made.with_first(np.asarray(fine + levels))


def _large(e: Example) -> Example:
    """A row of more than 4,096 elements, the example's numbers again; both ends stand out.

    Of so many, one like the others is less than the bound of their sum.
    """
    fine = np.where(np.isfinite(e.x), e.x, e.x.dtype.type(0)).ravel()
    fine = fine / max(1, np.abs(fine).max(initial=1))
    x = np.resize(fine, (1, prod(_LARGE))).astype(e.x.dtype)
    x[0, (0, -1)] = 5
    return e.but(view=View(()), options={}, x=x, cotangent=e.args["cotangent"][:1])


def _sharing(rows: Example, sizes: tuple[int, int], mask: Array, once: int) -> Example:
    """Rows of these sizes under a mask that is the same along one of them and keeps the largest.

    All numbers are finite: what is masked and is not has a law of its own. Every second row is far
    below the others: a maximum of all of them is no shift.
    """
    fine = np.where(np.isfinite(rows.x), rows.x, rows.x.dtype.type(0))
    lower = (np.arange(len(fine))[:, None] % 2 > 0) & (np.abs(fine) < _LOWER)
    fine = np.where(lower, fine - fine.dtype.type(_LOWER), fine).astype(fine.dtype)
    x = fine.reshape(-1, *sizes)
    top = (x == x.max(axis=(1, 2), keepdims=True)).any(axis=1 + once, keepdims=True)
    kept = np.broadcast_to(mask | top, x.shape).reshape(fine.shape)
    return rows.but(options={"where": kept}).with_first(fine)


def _masked(f: Examination, e: Example) -> Example:
    """With every third number masked that is not the largest, if the function has masks."""
    if "where" not in f.accepts:
        return e
    kept = (np.arange(e.x.size) % 3 > 0).reshape(e.x.shape)
    top = np.where(kept, e.x, e.x.dtype.type(-np.inf)).max(initial=-np.inf)
    return with_options(e, where=kept | ~(np.isfinite(e.x) & (e.x <= top)))


def _joined(e: Example, batch: tuple[int, ...], n: int) -> Example:
    """The logits as rows of so many classes, without options."""
    args = {k: v.reshape(-1, n) for k, v in e.args.items() if v.shape == e.x.shape}
    args["cotangent"] = e.args["cotangent"][: len(args["x"])]
    return e.but(view=View(batch), options={}, **args)
