"""Presenting canonical arrays: batch shape, class axis, memory layout; and the way back.

A layout is made by native slicing of a larger buffer whose gaps hold NaN (or -7 for integers), so
that a kernel that ignores strides shows at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np

from conformance.backends import Backend, Native, about
from conformance.backends.devices import is_cpu
from conformance.floats import Array
from conformance.model import Example, View

#: "rows": (R, n) with the class axis; "batch": (R,) or (N,); "kept": (R,) with a class axis of
#: length 1; "whole": as it is, () or (n,).
Role = Literal["rows", "batch", "kept", "whole"]

#: Bytes of a cache line, which no vector of a processor is longer than.
LINE = 64
#: Where a library's arrays have no such layout, they are presented as "C".
LAYOUTS = ("C", "F", "strided", "rows-strided", "reversed", "offset", "unaligned", "swapped",
           "readonly", "broadcast")  # fmt: skip


#: The first two axes of several lie in memory the other way round, as `x.transpose(0, 1)` has them.
PERMUTED = "permuted"
#: The second of three axes and more is the last in memory, as the channels of many images are.
CHANNELS_LAST = "channels-last"
#: All but the first along the second last of several axes, as `x[..., 1:, :]` has them: rows lie
#: one after another, but for a gap in front of each head, image or sequence.
WINDOW = "window"
#: How many axes an array has to have for a layout to be another than the plain one.
LEAST_AXES = {PERMUTED: 2, CHANNELS_LAST: 3, WINDOW: 3}


def layouts(backend: Backend) -> tuple[str, ...]:
    """The layouts that are real for a backend."""
    return tuple(name for name in LAYOUTS if name in about(backend).layouts)


class Presented(NamedTuple):
    """A native array, the native buffer under it, and what the buffer held on the host."""

    native: Native
    buffer: Native
    host: Array


def fitted(view: View, count: int, rowwise: bool, built_in: Mapping[str, Any]) -> View:
    """The view of `count` rows or elements with the class axis and rank that are built in.

    `built_in` may give `axis`, `ndim`, both or neither. A batch of as many axes is kept. Rows are
    no vector: what takes vectors alone refuses them, which is a limit.
    """
    if built_in.keys().isdisjoint(("axis", "ndim")):
        return view
    ndim = int(built_in.get("ndim", 0))
    if rowwise and ndim == 1:
        return view
    if not rowwise:
        kept = len(view.batch) == ndim
        return view if kept else replace(view, batch=(1,) * (ndim - 1) + (count,))
    axis = int(built_in.get("axis", view.axis if -ndim <= view.axis < ndim else -1))
    rank = max(ndim or 2, axis + 1, -axis)
    if len(view.batch) == rank - 1:
        return replace(view, axis=axis)
    ones = (1,) * (rank - 2)
    return replace(view, batch=(*ones, count) if axis < 0 else (count, *ones), axis=axis)


def fitting(e: Example, built_in: Mapping[str, Any]) -> Example:
    """The example with the class axis, and as many axes, as are built in: itself if it has them."""
    if built_in.keys().isdisjoint(("axis", "ndim")):
        return e
    rowwise, rank = e.function.rowwise, len(e.view.batch) + e.function.rowwise
    there = not rowwise or (
        -rank <= e.view.axis < rank and e.view.axis == built_in.get("axis", e.view.axis)
    )
    if there and rank == built_in.get("ndim", max(rank, 2)):
        return e
    return e.but(view=fitted(e.view, len(e.x), rowwise, built_in))


def shape_of(view: View, role: Role, classes: int = 0) -> tuple[int, ...]:
    """The presented shape of a "rows", "batch" or "kept" array."""
    if role == "batch":
        return view.batch
    classes = 1 if role == "kept" else classes
    at = view.axis % (len(view.batch) + 1)
    return (*view.batch[:at], classes, *view.batch[at:])


@lru_cache(maxsize=256)
def _orders(rank: int, axis: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The permutations from canonical to presented and back; None if the class axis is last."""
    at = axis % rank
    if at == rank - 1:
        return None
    there = (*range(at), rank - 1, *range(at, rank - 1))
    back = (*(i for i in range(rank) if i != at), at)
    return there, back


def shaped(canonical: Array, view: View, role: Role) -> Array:
    """The canonical array in its presented shape, still on the host (a view)."""
    if role == "whole":
        return canonical
    if role == "batch":
        return canonical.reshape(view.batch)
    canonical = canonical[:, np.newaxis] if role == "kept" else canonical
    rows = canonical.reshape((*view.batch, canonical.shape[-1]))
    orders = _orders(rows.ndim, view.axis)
    return rows if orders is None else rows.transpose(orders[0])


def canonical(result: Array, view: View, role: Role) -> Array:
    """The inverse of `shaped`, for a host array of the presented shape."""
    if role == "whole":
        return result
    if role in ("batch", "kept"):
        return result.reshape(prod(view.batch))
    orders = _orders(result.ndim, view.axis)
    if orders is not None:
        result = result.transpose(orders[1])
    return np.ascontiguousarray(result).reshape(prod(view.batch), result.shape[-1])


def present(canonical: Array, view: View, role: Role, backend: Backend, device: str) -> Native:
    """A fresh native array with the values of `canonical` under `view`."""
    return presented(canonical, view, role, backend, device).native


def presented(canonical: Array, view: View, role: Role, backend: Backend, device: str) -> Presented:
    """As `present`, with the buffer under the view."""
    host = shaped(canonical, view, role)
    layout = view.layout if host.ndim else "C"
    if layout == "C":
        native = backend.array(host, device)
        return Presented(native, native, host)
    if host.ndim >= LEAST_AXES.get(layout, host.ndim + 1) and "F" in about(backend).layouts:
        if layout == WINDOW:
            return _sliced(host, layout, backend, device)
        rest = tuple(range(2, host.ndim))
        order = (1, 0, *rest) if layout == PERMUTED else (0, *rest, 1)
        return _ordered(host, order, backend, device)
    if layout not in about(backend).layouts:
        native = backend.array(host, device)
        return Presented(native, native, host)
    if layout in _HOST_ONLY:
        return _host_only(host, layout)
    if layout == "F":
        return _ordered(host, tuple(reversed(range(host.ndim))), backend, device)
    if layout == "offset":
        return _begun(host, view.start, backend, device)
    return _sliced(host, layout, backend, device)


def _sliced(host: Array, layout: str, backend: Backend, device: str) -> Presented:
    buffer_host, slices = _buffer(host, layout)
    buffer = backend.array(buffer_host, device)
    if layout == "broadcast":
        native = _expanded(buffer, host.shape)
    else:
        native = buffer[slices]
    return Presented(native, buffer, buffer_host)


def _ordered(host: Array, order: tuple[int, ...], backend: Backend, device: str) -> Presented:
    """The array with its axes in another order in memory."""
    held = np.ascontiguousarray(host.transpose(order))
    buffer = backend.array(held, device)
    back = tuple(order.index(axis) for axis in range(host.ndim))
    return Presented(backend.transpose(buffer, back), buffer, held)


def _buffer(host: Array, layout: str) -> tuple[Array, Any]:
    """The content of the buffer under the view, and the slices that give the view."""
    if layout == "broadcast":
        return np.ascontiguousarray(_once(host)), None
    if layout == "reversed":
        everywhere = (slice(None, None, -1),) * host.ndim
        return np.ascontiguousarray(host[everywhere]), everywhere
    shape, slices = _gaps(host, layout)
    buffer = np.full(shape, _gap(host), host.dtype)
    buffer[slices] = host
    return buffer, slices


def _once(host: Array) -> Array:
    """The array with axes of bitwise equal elements reduced to one element."""
    for axis in range(host.ndim if host.size else 0):
        one = host.take([0], axis)
        if _bits(np.broadcast_to(one, host.shape)) == _bits(host):
            host = one
    return host


def _begun(host: Array, start: int, backend: Backend, device: str) -> Presented:
    """The values `start` elements after a multiple of `LINE` bytes, with gaps on both sides."""
    line = LINE // host.itemsize
    content = np.full(host.size + start + 2 * line, _gap(host), host.dtype)
    lent = getattr(backend, "borrowed", None) if is_cpu(device) else None
    buffer = lent(content) if lent else backend.array(content, device)
    first = -address(buffer) % LINE // host.itemsize + start
    content[first : first + host.size] = host.reshape(-1)
    if lent:
        content = content.copy()  # the call may write to the buffer
    else:
        buffer[...] = backend.array(content, device)
    native = buffer[first : first + host.size].reshape(host.shape)
    return Presented(native, buffer, content)


def address(native: Native) -> int:
    """Where the first element of an array with views is in memory."""
    if hasattr(native, "data_ptr"):
        return int(native.data_ptr())
    of_host = getattr(native, "__array_interface__", None)
    return int(of_host["data"][0] if of_host else native.data.ptr)


def _gap(host: Array) -> float:
    """What lies between values: NaN, or −7 and 249 for integers."""
    return {"i": -7, "u": 249}.get(host.dtype.kind, np.nan)


def _gaps(host: Array, layout: str) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    """The shape of a buffer with gaps, and where the values are in it."""
    every_second = slice(None, None, 2)
    if layout == WINDOW:
        *batch, rows, n = host.shape
        return (*batch, rows + 1, n), (Ellipsis, slice(1, None), slice(None))
    if layout == "strided":
        return (*host.shape[:-1], 2 * host.shape[-1]), (Ellipsis, every_second)
    return (2 * host.shape[0], *host.shape[1:]), (every_second,)


def _bits(array: Array) -> bytes:
    return array.tobytes()


def _expanded(buffer: Native, shape: tuple[int, ...]) -> Native:
    if hasattr(buffer, "expand"):
        return buffer.expand(shape)
    return np.broadcast_to(buffer, shape)  # others dispatch to their own


_HOST_ONLY = frozenset({"unaligned", "swapped", "readonly"})


def _host_only(host: Array, layout: str) -> Presented:
    """The layouts that only arrays of the host have."""
    if layout == "unaligned":
        raw = np.empty(host.nbytes + 1, np.uint8)
        native = raw[1:].view(host.dtype).reshape(host.shape)
        native[...] = host
    elif layout == "swapped" and host.dtype.kind == "f":
        native = host.astype(host.dtype.newbyteorder("S"), order="C")
        host = native.copy()
    else:
        native = np.array(host, order="C")
        native.flags.writeable = layout != "readonly"
    return Presented(native, native, host)
