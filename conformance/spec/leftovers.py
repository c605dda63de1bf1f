"""Results are computed at each call: not found in memory, not kept, not finished later."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from conformance.backends import Native
from conformance.floats import Array
from conformance.kernels.call import How
from conformance.kernels.leftovers import MOMENT, leave
from conformance.kernels.observation import Observation
from conformance.model import Claim, Example
from conformance.spec.claims import Claims, equal, same
from conformance.spec.context import Examination
from conformance.spec.contract import unlike
from conformance.spec.declare import ALL, law
from conformance.spec.which import several

_WHY = (
    "A function of its arguments. Memory of the result's size, as earlier calls leave it, holds "
    "NaN in turn and the answer to other arguments: what a kernel does not write shows. Kernels "
    "have passed checks by finding their answer there, in results kept by shape or address, and "
    "in a ring of buffers."
)
_SOURCE = "the interface: functions of their arguments; KernelBench issues and their reports"
_REVEALS = (
    "outputs left unwritten, reads of freed memory, results kept by shape or address, a ring of "
    "output buffers, work that goes on after the return"
)
#: Further calls with other arguments: more than a ring of buffers has.
_CALLS = 12


def _leftovers(answer: Array) -> Iterator[tuple[str, Array]]:
    """What freed memory of a result's size, as that of another, may hold, in words and numbers."""
    yield "NaN", np.full_like(answer, np.nan)
    yield "the answer to other arguments", answer
    yield "zeros", np.zeros_like(answer)


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


def _each_time(f: Examination, e: Example, quantity: str) -> Iterator[Claim]:
    """After freed memory of each kind, and after further calls in which nothing changes."""
    kernel, other = f.kernel, f.variant(e, "unlike", lambda: unlike(e))
    want, bound, where = f.computed(e, quantity), 2 * f.bound(e, quantity), f.where(e, quantity)
    answer = _call(f, other, quantity).result
    for words, content in _leftovers(answer) if kernel.changes_arrays else ():
        before = partial(leave, content, kernel.backend, kernel.device)
        yield equal(_call(f, e, quantity, before).result, want, bound, where=where, at=e,
                    what=f"after freed memory of its size held {words}")  # fmt: skip
    first = _call(f, e, quantity)
    held = kernel.held(first.native)
    time.sleep(MOMENT)
    yield same(kernel.held(first.native), held, at=e, what="a moment after it was returned")
    calls = _CALLS if kernel.changes_arrays else 1  # where they cannot be, there are no buffers
    for _ in range(calls):
        _call(f, other, quantity)
    yield same(kernel.held(first.native), held, at=e, what=f"kept during {calls} further calls")
    yield equal(_call(f, e, quantity).result, want, bound, where=where, at=e,
                what=f"after {calls} calls with other arguments")  # fmt: skip


@law(
    "is-computed-at-each-call",
    *ALL,
    why=_WHY,
    source=_SOURCE,
    reveals=_REVEALS,
    costs=18,
    when=several,
)
def is_computed_at_each_call(f: Examination, e: Example) -> Claims:
    """what memory held before, and calls before and after, change nothing of a value

    Within 2B; of a result that was returned: the same bits.
    """
    yield from _each_time(f, e, "value")


@law(
    "gradient-is-computed-at-each-call",
    *ALL,
    why=_WHY,
    source=_SOURCE,
    reveals=_REVEALS,
    needs="vjp",
    costs=18,
    when=several,
)
def gradient_is_computed_at_each_call(f: Examination, e: Example) -> Claims:
    """what memory held before, and calls before and after, change nothing of a gradient

    Within 2B; of a gradient that was returned: the same bits.
    """
    yield from _each_time(f, e, "vjp")
