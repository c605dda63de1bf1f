"""Results are computed in each call: not found in memory, not cached, not finished later."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from conformance.backends import Backend, Native, Unsupported
from conformance.floats import Array, same_bits
from conformance.kernels.call import MOMENT, How
from conformance.kernels.observation import Observation
from conformance.model import Example, View
from conformance.numerics.measure import within
from conformance.spec.claims import Claims, equal, same
from conformance.spec.comparing import attempted, unchanged
from conformance.spec.context import Examination
from conformance.spec.contract import unlike
from conformance.spec.declare import ALL, AXED, law
from conformance.spec.which import several

#: Further calls with other arguments: more than a ring of buffers has. So many of few elements, and
#: of more, or where they take longer than some seconds.
_CALLS = {"value": 260, "vjp": 68}
_LEAST_CALLS = 12
_SMALL = 16
_SECONDS = 0.5
#: Copies of each size: more than an allocator keeps at hand for one (NumPy 7, glibc 7).
_COPIES = 8
#: A result of other numbers errs by so much more than one of its own, where rows are wrong too.
_MUCH = 100


def _leave(content: Array, backend: Backend, device: str) -> None:
    """Free memory of the size of `content`, and of its scratch in float32 and float64, full of it.

    Small allocations get it back at once: what a kernel leaves unwritten then shows the content.
    """
    flat = content.reshape(-1)
    with np.errstate(all="ignore"):
        kinds = {flat.dtype: flat, **{np.dtype(t): flat.astype(t) for t in (np.float32, float)}}
    held = [backend.array(kind, device) for kind in kinds.values() for _ in range(_COPIES)]
    del held


def _leftovers(answer: Array) -> dict[str, Array]:
    """What freed memory of a result's size may hold, in words and numbers."""
    return {
        "NaN": np.full_like(answer, np.nan),
        "the answer to other arguments": answer,
        "zeros": np.zeros_like(answer),
    }


call_law = partial(
    law,
    bound="2B; of what was returned: the same bits",
    why="It is a function of its arguments. Memory of the result's size, as earlier calls leave "
    "it, holds NaN in turn and the answer to other arguments: what a kernel does not write shows. "
    "Kernels have passed checks by finding their answer there, in results kept by shape or "
    "address, and in a ring of buffers.",
    source="the interface: functions of their arguments; KernelBench issues and their reports",
    reveals="outputs left unwritten, reads of freed memory, results kept by shape or address, a "
    "ring of output buffers, work that goes on after the return",
    costs=24,
    eager=True,
    masked=True,
    when=several,
)


def _call(
    f: Examination, e: Example, quantity: str, before: Callable[[], object] | None = None
) -> Observation:
    """A further call of the function or its gradient, right after `before`."""

    def changed(how: How) -> How:
        def afterwards(call: Callable[..., Native], natives: Sequence[Native]) -> Native:
            if before is not None:
                before()
            return how(call, natives)

        return afterwards

    return f.kernel.observe_as(e, changed, gradient=quantity == "vjp")


def steady(f: Examination, e: Example, quantity: str) -> bool:
    """False if a call gives other results after freed memory of the input's size held others."""
    if not f.kernel.changes_arrays:
        return True
    contents = (np.full_like(e.x, number) for number in (np.nan, 0, 1))
    leave = (partial(_leave, c, f.kernel.backend, f.kernel.device) for c in contents)
    first, *others = (_call(f, e, quantity, before).result for before in leave)
    return all(same_bits(first, other) for other in others)


def _called_often(f: Examination, e: Example, quantity: str) -> int:
    """Make further calls of the same arrays; how many were made."""
    most = _CALLS[quantity] if e.size <= _SMALL else _LEAST_CALLS
    if not f.kernel.changes_arrays:  # there are no buffers
        most = 1
    made = 0

    def changed(how: How) -> How:
        def often(call: Callable[..., Native], natives: Sequence[Native]) -> Native:
            nonlocal made
            until = time.monotonic() + _SECONDS
            while made < most - 1 and (made < _LEAST_CALLS or time.monotonic() < until):
                how(call, natives)
                made += 1
            made += 1
            return how(call, natives)

        return often

    f.kernel.observe_as(e, changed, gradient=quantity == "vjp")
    return made


def _each_time(f: Examination, e: Example, quantity: str) -> Claims:
    """After freed memory of each kind, and after further calls in which nothing changes."""
    kernel, other = f.kernel, unlike(e)
    f.computed(e, quantity)  # before freed memory is prepared
    answer = _call(f, other, quantity).result
    for words, content in _leftovers(answer).items() if kernel.changes_arrays else ():
        before = partial(_leave, content, kernel.backend, kernel.device)
        got, words = (
            _call(f, e, quantity, before).result,
            f"after freed memory of its size held {words}",
        )
        yield unchanged(f, e, got, quantity, what=words)
    yield from _kept(f, e, other, quantity)


def _kept(f: Examination, e: Example, other: Example, quantity: str) -> Claims:
    """That a result stays as it was returned, and comes again, during further calls."""
    first = _call(f, e, quantity)
    held = f.kernel.held(first.native)
    time.sleep(MOMENT)
    yield same(f.kernel.held(first.native), held, what="a moment after it was returned")
    calls = _called_often(f, other, quantity)
    yield same(f.kernel.held(first.native), held, what=f"kept during {calls} further calls")
    words = f"after {calls} calls with other arguments"
    yield unchanged(f, e, _call(f, e, quantity).result, quantity, what=words)


@call_law("is-computed-at-each-call", *ALL)
def is_computed_at_each_call(f: Examination, e: Example) -> Claims:
    """neither what memory held before nor calls before and after change a value"""
    yield from _each_time(f, e, "value")


@call_law("gradient-is-computed-at-each-call", *ALL, needs="vjp")
def gradient_is_computed_at_each_call(f: Examination, e: Example) -> Claims:
    """neither what memory held before nor calls before and after change a gradient"""
    yield from _each_time(f, e, "vjp")


def _square(e: Example) -> bool:
    return len(e.x) == e.x.shape[-1]


def _plain(e: Example) -> bool:
    """Several numbers; with labels a square, and those no array of its shape."""
    labelled = "labels" in e.args
    return e.size > 1 and not (labelled and (e.labels.ndim > 1 or not _square(e)))


@law("same-numbers-otherwise-arranged", *AXED, needs="batches", costs=4, reshapes=True,
     when=_plain, prefers=_square)  # fmt: skip
def same_numbers_otherwise_arranged(f: Examination, e: Example) -> Claims:
    """after a call, the same memory along another axis, or in another shape, has its own value

    Within B and a hundred times the largest error of the first call, which accuracy judges. A
    result is that of numbers in a shape along an axis; bytes alone do not tell it.
    [the interface: functions of their arguments]
    Reveals results kept by content, without the axis or the shape.
    """
    first = f.variant(e, "first", lambda: e.but(view=View((len(e.x),))))
    others = [*_arranged(f, e)]
    if not others:
        raise Unsupported("neither another axis nor another shape has the same labels")
    for what, other in others:
        f.kernel.value(first)
        if (got := attempted(partial(f.kernel.value, other))) is not None:
            where, bound = f.forced(other), f.bound(other)
            if not (within(got, f.exact(other), bound, f.fmt) | ~where).all():
                error = _largest_error(f, first)
                bound, where = bound + _MUCH * error, where & np.isfinite(error)
            yield equal(got, f.exact(other), bound, where=where, what=what, at=other)


def _largest_error(f: Examination, e: Example) -> float:
    """The largest error of a call where its value is forced; inf if one is no number."""
    got, exact = f.value(e), f.exact(e).wide
    error = np.where(f.where(e) & (got != exact), np.abs(got - exact), 0)
    return float(np.where(np.isnan(error), np.inf, error).max(initial=0))


def _arranged(f: Examination, e: Example) -> Iterator[tuple[str, Example]]:
    """Examples whose first argument lies in memory as that of the example along the last axis."""
    count, n = e.x.shape
    if _square(e) and "axis" in f.accepts:
        view = View((count,), 0)
        yield "the other axis", f.variant(e, "across", lambda: _as(e, np.transpose, view))
    if "labels" not in e.args:
        shape = (1, e.size) if count == n else (n, count)
        view = View(shape[:1])
        yield (
            "another shape",
            f.variant(e, "reshaped", lambda: _as(e, lambda v: v.reshape(shape), view)),
        )


def _as(e: Example, way: Callable[[Array], Array], view: View) -> Example:
    """The example with each array of the logits' shape arranged in a way."""
    args: dict[str, Any] = {
        k: np.ascontiguousarray(way(v)) if v.shape == e.x.shape else v for k, v in e.args.items()
    }
    if args["cotangent"].ndim == 1:
        args["cotangent"] = np.resize(args["cotangent"], len(args[e.function.first]))
    return e.but(view=view, **args)
