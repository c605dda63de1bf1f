"""What one call of a kernel left behind, and whether its result has the right form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

import numpy as np

from conformance.backends import Backend, Native, about
from conformance.floats import FORMATS, Array, same_bits
from conformance.kernels.failures import CallFailed, Kind, defined, type_of
from conformance.kernels.layouts import Presented
from conformance.model import Implementation

#: Elements of the largest argument that is fetched from a device to be looked at.
_FETCHED = 2**22
_BFLOAT16 = FORMATS["bfloat16"].dtype


@dataclass(slots=True)
class Observation:
    """One call: the canonical result, and what tells of its side effects if somebody asks.

    `dtype` is that of the native result; `native` keeps it alive, and `arrays` what was given.
    `chances`: how often the call is worth making again since several threads share its work.
    """

    result: Array
    dtype: str
    native: Native
    arrays: Mapping[str, Presented]
    chances: int = 0


@cache
def dtype_name(dtype: np.dtype[Any]) -> str:
    """What a dtype is called; NumPy makes the text anew each time."""
    return str(dtype)


def checked(
    native: Native, want: tuple[int, ...], backend: Backend, implementation: Implementation,
    function: str,
) -> Array:  # fmt: skip
    """The result on the host. CallFailed if it is no array of the library, or of another shape."""

    def wrong(kind: Kind, said: str) -> CallFailed:
        return CallFailed(kind, "", said, defined(implementation, function))

    if type(native) is float and want == () and about(backend).on_host:
        native = np.float64(native)  # which it is
    if not backend.is_array(native):
        said = f"returned {type_of(native)}, not {about(backend).array}"
        raise wrong("type", said + _part_of(native, function))
    if tuple(native.shape) != want:
        failed = wrong("shape", f"returned shape {tuple(native.shape)}, not {want}")
        if prod(native.shape) == prod(want):
            failed.numbers = backend.host(native).ravel()
        raise failed
    host = backend.host(native)
    if host.dtype.kind not in "fiub" and host.dtype != _BFLOAT16:
        raise wrong("type", f"returned an array of {host.dtype}")
    return host


def _part_of(native: object, function: str) -> str:
    """How to say which part of it is the result, if it has parts."""
    if not isinstance(native, tuple | list | Mapping) or not native:
        return ""
    part = next(iter(native)) if isinstance(native, Mapping) else 0
    mark = '"' if isinstance(part, str) else "'"
    said = f"--as {mark}{function}(result={part!r}){mark}"
    return f": if a part of it is the result, say which: {said}"


def is_changed(argument: Presented, backend: Backend) -> bool:
    """Whether the buffer under an argument holds something else than before, or is given away."""
    library, before = about(backend), argument.host
    if library.on_host:
        return not same_bits(argument.buffer, before)
    if library.immutable:
        return bool(getattr(argument.native, "is_deleted", bool)())
    if before.size > _FETCHED:
        return False
    seen = getattr(backend, "lent", backend.host)
    return not same_bits(np.ascontiguousarray(seen(argument.buffer)), before)
