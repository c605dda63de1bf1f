"""Masks that several axes share: causal ones of attention, those of padding, of whole columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from conformance.floats import Array
from conformance.kernels.layouts import layouts
from conformance.kernels.spread_rows import Shared, along
from conformance.model import Example, View
from conformance.spec.batches import rows_of
from conformance.spec.claims import Claims, equal
from conformance.spec.comparing import attempted, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import turn_of
from conformance.spec.mask_forms import square, with_mask
from conformance.spec.masks import MASKED, is_masked, mask_law, masked_out


def _many_rows(e: Example) -> bool:
    return len(e.x) >= _LEAST and not ("labels" in e.args and e.labels.ndim > 1)


shared_law = partial(mask_law, reshapes=True, when=(is_masked, _many_rows), prefers=square)


@shared_law("a-mask-is-shared", *MASKED, needs="where, axis", costs=6)
def a_mask_is_shared(f: Examination, e: Example) -> Claims:
    """a mask without an axis of x, or with its length 1, applies all along that axis, or is refused

    Within B, as for the mask written out. So are masks of attention given: causal ones to the whole
    batch, those of padding to every head. Expanded, such a mask has all axes, some with a stride
    of 0. [numpy.broadcast; torch.Tensor.expand]
    Reveals a mask of which the first row serves for all, one laid along other axes, a causal mask
    that is transposed, an expanded one that is read as if it were stored in full.
    """
    forms = [*_shared_forms(f, e)]
    for rows, way, what in forms:
        got = attempted(partial(along(f.kernel, way).compute, "value", rows))
        if got is not None:
            yield equal(got, f.exact(rows), f.bound(rows), where=f.forced(rows), what=what, at=rows)
    for rows, _, what in forms[: 2 * ("broadcast" in layouts(f.kernel.backend))]:
        other = _expanded(rows)
        if f.taken(other):
            got, exact, bound = f.value(other), f.exact(rows), f.bound(rows)
            yield equal(got, exact, bound, where=f.forced(rows), what=f"{what}, expanded", at=other)


@shared_law("gradient-of-a-shared-mask", *MASKED, needs="where, axis, vjp, batches", costs=6)
def gradient_of_a_shared_mask(f: Examination, e: Example) -> Claims:
    """the gradient under a mask that several of four axes share is that of it written out

    Within 2B. A mask that broadcasts is the mask written out, and so is an expanded causal one.
    [numpy.broadcast]
    Reveals a backward pass whose mask is transposed, or laid along other axes.
    """
    causal = [*_causal(f, e)]
    for rows, way, what in causal if f.kernel.compiles else (*causal, *_in_turn(f, e)):
        got = attempted(partial(along(f.kernel, way).compute, "vjp", rows))
        if got is not None:
            yield unchanged(f, rows, got, "vjp", what=what, at=rows)
    for rows, _, what in causal:
        if "broadcast" in layouts(f.kernel.backend) and f.taken(other := _expanded(rows), "vjp"):
            yield unchanged(f, rows, other, "vjp", what=f"{what}, expanded")


def _expanded(e: Example) -> Example:
    """The same, whose mask has a stride of 0 along each axis that shares it, as `expand` leaves."""
    return e.but(view=replace(e.view, layout="broadcast", only="where"))


_Forms = Iterator[tuple[Example, Shared, str]]
#: As many rows an example has that gives each batch, head and query of a few a mask.
_LEAST = 8
#: Batches, heads and queries: as many batches as heads, which may be confused, and other numbers
#: of them, so that one in place of the other finds another mask.
_SCORES = (3, 3, 2), (3, 4, 2)
#: Along which of them a mask is the same by turns: for all heads, for all heads and queries of a
#: batch, as padding is, for all batches.
_FOUR_AXES = (
    (Shared((1,)), "four axes, a mask for all heads"),
    (Shared((1, 2)), "four axes, a mask (B, 1, 1, n)"),
    (Shared((0,), dropped=True), "four axes, a mask (H, T, n)"),
)
#: As many queries as classes are looked at in rows of up to so many.
_FEW_QUERIES = 16


def _shared_forms(f: Examination, e: Example) -> _Forms:
    """Three axes, four, and a square along the first axis, with a mask that its rows share."""
    yield from _causal(f, e)
    yield from _in_turn(f, e)
    if f.kernel.compiles:
        return
    few = f.variant(e, "queries", lambda: _of_queries(e))
    yield few, Shared((0,)), "three axes, a mask (1, T, n)"
    yield few, Shared((0,), dropped=True), "three axes, a mask (T, n)"
    if square(e) and "labels" not in e.args:
        whole = np.arange(len(e.x)) % 3 != 1
        rows = f.variant(
            e, "columns",
            lambda: with_mask(e, np.repeat(whole[:, None], e.x.shape[-1], 1)).but(
                view=View(e.view.batch, 0)
            ),
        )  # fmt: skip
        yield rows, Shared((0,), dropped=True), "axis=0, a vector that keeps or drops whole columns"


def _in_turn(f: Examination, e: Example) -> _Forms:
    """One of the masks that four axes share; if each is compiled, the last of them once."""
    turn = -1 if f.kernel.compiles else turn_of(e) % len(_FOUR_AXES)
    way, what = _FOUR_AXES[turn]
    for shape in _SCORES[: 1 if f.kernel.compiles else None]:
        yield _scores(f, e, shape, way.axes), way, what


def _scores(f: Examination, e: Example, shape: tuple[int, ...], axes: tuple[int, ...]) -> Example:
    which = _same_for(axes, shape)
    return f.variant(e, f"{shape} {axes}", lambda: _of_heads(e, which))


def _same_for(axes: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    """Of each batch, head and query: which of eight masks it has, the same along some axes."""
    b, h, q = ((k not in axes) * place for k, place in enumerate(np.indices(shape)))
    return np.asarray((3 * b + 2 * h + q) % _LEAST)


def _causal(f: Examination, e: Example) -> _Forms:
    """Batches and heads of as many queries as classes: a mask that is transposed still fits."""
    n = e.x.shape[-1]
    if 1 < n <= _FEW_QUERIES:
        batch = np.broadcast_to(np.arange(n), (3, 2, n))
        causal = f.variant(e, "causal", lambda: _of_heads(e, batch, np.tri(n, dtype=bool)))
        yield causal, Shared((0, 1), dropped=True), "four axes, a causal mask (T, T)"


def _of_queries(e: Example) -> Example:
    """Three axes; of few classes all of one length, so that none can be told from another."""
    n = e.x.shape[-1]
    if not 1 < n <= _FEW_QUERIES:
        return _of_heads(e, np.broadcast_to(np.arange(4), (3, 4)))
    return _of_heads(e, np.broadcast_to(np.arange(n), (n, n)), np.tri(n, dtype=bool))


def _of_heads(e: Example, which: Array, masks: Array | None = None) -> Example:
    """Rows over and over, each with one of the masks, or of its own masks; labels keep to them."""
    again = np.arange(which.size) % len(e.x)
    rows = with_mask(rows_of(e, again), (~masked_out(e) if masks is None else masks)[which.ravel()])
    rows = rows.but(view=View(which.shape))
    return labels_kept(rows) if "labels" in e.args else rows


def labels_kept(e: Example) -> Example:
    """The example with no label at a class that is masked: the first of the others instead."""
    out, n = masked_out(e), e.x.shape[-1]
    lost = (e.labels >= 0) & (e.labels < n) & (e.labels != e.options.get("ignore_index"))
    lost &= out[np.arange(len(out)), np.clip(e.labels, 0, n - 1)]
    return e.but(labels=np.where(lost, np.argmax(~out, axis=-1), e.labels).astype(e.labels.dtype))
