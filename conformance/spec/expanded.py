"""Arrays with stride 0: what users expand, and the cotangents of sums, means and broadcasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

import numpy as np

from conformance.floats import Array
from conformance.model import Example, View
from conformance.spec.claims import Claims
from conformance.spec.comparing import all_unchanged, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, array_options, law, those, turn_of, with_options


def _several(e: Example) -> bool:
    return e.reduction == "none" and e.args["cotangent"].size > 1


def _several_rows(e: Example) -> bool:
    return e.reduction == "none" and len(e.x) > 1


def _square_batch(e: Example) -> bool:
    """Two axes beside the classes that their lengths do not tell apart."""
    return len(e.view.batch) == 2 and len({*e.view.batch}) == 1


@law("expanded-arguments", *those(lambda f: len(f.arguments) > 1), needs="layouts", costs=2,
     when=_several_rows, prefers=_square_batch)  # fmt: skip
def expanded_arguments(f: Examination, e: Example) -> Claims:
    """one argument of stride 0, or weights, beside others counts as the array that it stands for

    Within 2B. An array is its elements. A label of each sequence is expanded to its tokens, weights
    of classes to all rows. [the definition: a view holds the same numbers; torch.Tensor.expand]
    Reveals an argument read as if it were stored in full, as those beside it are; logits of one row
    expanded beside labels that differ, taken for one loss.
    """
    turn, names = turn_of(e), [*_of_each(e)]
    name = names[turn % len(names)]
    batch = _matrix(e.view.batch)
    if e.function.rowwise and "axis" not in f.accepts:  # it may be one of matrices
        batch = (len(e.x),)
    axis = turn // len(names) % len(batch)
    once = (*batch[:axis], 1, *batch[axis + 1 :])
    rows = np.broadcast_to(np.arange(prod(once)).reshape(once), batch).ravel()
    full = _with_array(e, name, rows).but(view=View(batch))
    other = full.but(view=View(batch, -1, "broadcast", name))
    if f.taken(full) and f.taken(other):
        yield unchanged(f, full, other, what=f"{name} expanded along axis {axis}")


def _of_each(e: Example) -> Iterator[str]:
    """The arrays with a number, or a row of them, for each row or element."""
    first, *others = e.function.arguments
    arguments = (name for name in (*others, first) if name != e.function.matrix)
    yield from arguments
    if not e.function.rowwise:
        yield from (name for name in array_options(e) if len(e.options[name]) == len(e.x))


def _with_array(e: Example, name: str, rows: Array) -> Example:
    """The example with rows of one array in place of its own."""
    array = e.array(name)[rows]
    if name in e.args:
        return e.with_argument(name, array)
    return with_options(e, **{name: array})


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
