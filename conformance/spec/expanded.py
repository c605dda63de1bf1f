"""Cotangents with stride 0, as the gradients of sums, means and broadcasts pass them on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from conformance.floats import Array
from conformance.model import Example
from conformance.spec.claims import Claims
from conformance.spec.comparing import all_unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, law


def _several(e: Example) -> bool:
    return e.reduction == "none" and e.args["cotangent"].size > 1


@law("gradient-of-expanded-cotangents", *ALL, needs="vjp, layouts", costs=6, when=_several)
def gradient_of_expanded_cotangents(f: Examination, e: Example) -> Claims:
    """a cotangent of stride 0 counts as the array that it stands for

    Within 2B. An array is its elements. y.sum().backward() hands back one number expanded to all, a
    sum over one axis hands back one row or one column.
    [the definition: a view holds the same numbers; torch.Tensor.expand]
    Reveals backward passes that read an expanded cotangent as if it were stored in full.
    """
    taken = (found for found in _expanded(e) if f.taken(found[2], "vjp"))
    yield from all_unchanged(f, taken, "vjp")


def _expanded(e: Example) -> Iterator[tuple[str, Example, Example]]:
    """In words, cotangents that repeat a part, stored in full, and the same with stride 0."""
    batch = e.view.batch if e.function.rowwise else _matrix(e.view.batch)
    view = replace(e.view, batch=batch, layout="C")
    for name, cotangent in _repeated(e, batch):
        full = e.but(cotangent=cotangent, view=view)
        yield name, full, full.but(view=replace(view, layout="broadcast", only="cotangent"))


def _matrix(batch: tuple[int, ...]) -> tuple[int, ...]:
    """Two axes for the elements of a flat batch, where their number has a small divisor."""
    size = int(np.prod(batch, dtype=int))
    if len(batch) > 1:
        return batch
    return next(((size // k, k) for k in (2, 3, 5, 7) if size % k == 0 < size - k), batch)


def _repeated(e: Example, batch: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
    """Small integers in the shape of the cotangent, which one axis or all of them repeat."""
    g = e.args["cotangent"]
    yield "one number for all", np.full_like(g, 2)
    if g.ndim < 2 and len(batch) < 2:
        return
    rows = (np.arange(g.size) * 5 % 7 - 3).astype(g.dtype).reshape(-1, (*batch, *g.shape[1:])[-1])
    yield "one row for all", np.broadcast_to(rows[:1], rows.shape).reshape(g.shape).copy()
    yield "one column for all", np.repeat(rows[:, :1], rows.shape[1], axis=1).reshape(g.shape)
