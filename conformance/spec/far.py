"""Rows that a 32-bit index does not reach, on devices with enough memory."""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.floats import Array
from conformance.inputs import palette
from conformance.kernels.failures import CallFailed
from conformance.model import Example, View
from conformance.spec.claims import Claims, equal
from conformance.spec.context import Examination
from conformance.spec.declare import SOFT, law

far_law = partial(law, formats=("float16", "bfloat16"), needs="device, far", costs=1)


def _far(e: Example) -> bool:
    return e.family == "far"


@far_law("far-rows-are-reached", *SOFT, when=_far)
def far_rows_are_reached(f: Examination, e: Example) -> Claims:
    """rows that begin beyond 2³¹ elements have the value that they have anywhere

    Within B. Where a row lies is not an argument. Examined with --effort thorough on a device, in
    formats of 16 bits, if there is memory for it; the other rows are zeros.
    [the definition: a function of each row]
    Reveals indices and strides kept in 32 bits.
    """
    got = _behind_zeros(f, e)
    if got is not None:
        yield equal(got, f.exact(e), f.bound(e), where=f.where(e), what="the last rows")


def _behind_zeros(f: Examination, e: Example) -> Array | None:
    """The values of the rows, behind 2³¹ zeros; None for want of memory: nothing is known."""
    n, count = e.x.shape[-1], len(e.x)
    x = np.zeros((-(-palette.FAR // n) + count, n), e.x.dtype)
    x[-count:] = e.x
    far = Example(e.function, e.fmt, {e.function.first: x}, View((len(x),)), e.options, "far")
    try:
        return f.kernel.value(far)[-count:]
    except CallFailed as error:
        if error.for_want_of_memory:  # there was less than it seemed
            return None
        raise
