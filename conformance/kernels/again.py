"""Two calls between which arrays change: those of the arguments, or an earlier result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from conformance.backends import Native
from conformance.floats import Array
from conformance.kernels.call import How
from conformance.kernels.calling import Kernel
from conformance.kernels.observation import Observation
from conformance.model import Example


def after(
    kernel: Kernel, before: Example, example: Example, between: Callable[[], object] | None = None,
    *, gradient: bool = False,
) -> Array:  # fmt: skip
    """The value, or the gradient, after that of `before` in the same arrays, and `between`."""
    example = kernel.fitting(example)
    plain = replace(example.view, layout="C")

    def again(how: How) -> How:
        def twice(call: Callable[..., Native], natives: Sequence[Native]) -> Native:
            lent, last = kernel.lent, example.but(view=plain)
            how(call, natives)
            if between is not None:
                between()
            fresh = kernel.fresh(last)
            for name in fresh.keys() & lent.keys():
                lent[name].native[...] = fresh[name].native
            return how(call, natives)

        return twice

    first = before.but(view=plain, cotangent=example.args["cotangent"])
    return kernel.observe_as(first, again, gradient=gradient).result


def write_over(kernel: Kernel, seen: Observation, values: Array) -> None:
    """Give a result other numbers, as its caller may; not an argument, nor what is read-only."""
    if not kernel.changes_arrays or kernel.aliases(seen):
        return
    with kernel.backend.scope(kernel.device), suppress(TypeError, ValueError, RuntimeError):
        seen.native[...] = kernel.backend.array(values, kernel.device)
