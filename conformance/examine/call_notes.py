"""The call under way, as bytes that outlive the process, so that a crash or hang can show it."""

from __future__ import annotations

import contextlib
from typing import Any

import ml_dtypes
import msgspec
import numpy as np

from conformance.examine.call_text import call_text
from conformance.floats import FORMATS, Array
from conformance.functions import FUNCTIONS
from conformance.kernels.layouts import shape_of
from conformance.kernels.observation import dtype_name
from conformance.model import Example, Implementation, View

#: Bytes of a note; larger calls are told by their shape only.
LARGEST = 60_000


class _Array(msgspec.Struct, array_like=True):
    """An array with its memory layout."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    def array(self) -> Array:
        """The array. ValueError if the bytes are not of it."""
        dtype = ml_dtypes.bfloat16 if self.dtype == "bfloat16" else np.dtype(self.dtype)
        return np.frombuffer(self.data, dtype).reshape(self.shape).copy()


class _Note(msgspec.Struct, array_like=True, tag=True):
    """A call: its function, its view, its arguments and options."""

    function: str
    fmt: str
    view: tuple[tuple[int, ...], int, str, str, int, bool]
    args: dict[str, _Array]
    options: dict[str, _Array | int | float | str | None]


class _Told(msgspec.Struct, array_like=True, tag=True):
    """What a call is called, and the example that a law makes it of, if that is small enough."""

    words: str
    base: _Note | None


def note(e: Example, base: Example | None = None, of: Implementation | None = None) -> bytes:
    """A call as bytes; if it is too large, or of another function, in words beside its example."""
    if base is None or base.function is e.function:
        found = _note(e)
        data = msgspec.msgpack.encode(found) if found else b""
        if found and len(data) <= LARGEST:
            return data
    beside = None if base is None else _note(base)
    data = msgspec.msgpack.encode(_Told(words(e, of), beside))
    return data if len(data) <= LARGEST else msgspec.msgpack.encode(_Told(words(e, of), None))


def _note(e: Example) -> _Note | None:
    if e.size > LARGEST // 8:
        return None
    v = e.view
    view = (v.batch, v.axis, v.layout, v.only, v.start, v.axis_given)
    args = {name: _held(value) for name, value in e.args.items()}
    options = {name: _option(value) for name, value in e.options.items()}
    return _Note(e.function.name, e.fmt.name, view, args, options)


def words(e: Example, of: Implementation | None = None) -> str:
    """A call, and the shape of its first argument; of a matrix, its classes too."""
    rows = e.function.rowwise
    shape = shape_of(e.view, "rows", e.x.shape[-1]) if rows else e.view.batch
    classes = f" and {e.classes:,} classes" if e.function.matrix else ""
    return f"{call_text(e, of)} of shape {list(shape)}{classes}"


def words_of(data: bytes) -> str:
    """The words that were noted of a call that is not held itself; none of others."""
    with contextlib.suppress(msgspec.MsgspecError):
        return msgspec.msgpack.decode(data, type=_Told).words
    return ""


def _held(value: Any) -> _Array:
    array = np.asarray(value)
    return _Array(dtype_name(array.dtype), array.shape, array.tobytes())


def _option(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _held(value)
    return value.item() if isinstance(value, np.generic) else value


def example_of(data: bytes) -> Example | None:
    """The call that a note is of, or the example that it is made of.

    None if there is none, or the file has spoilt it.
    """
    if not data:
        return None
    try:
        noted = msgspec.msgpack.decode(data, type=_Note | _Told)
        found = noted.base if isinstance(noted, _Told) else noted
        if found is None:
            return None
        args = {name: a.array() for name, a in found.args.items()}
        options = {k: v.array() if isinstance(v, _Array) else v for k, v in found.options.items()}
        function, fmt = FUNCTIONS[found.function], FORMATS[found.fmt]
        return Example(function, fmt, args, View(*found.view), options)
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError):
        return None
