"""Brings an example within the limits of an implementation: the same numbers in a form it takes.

Where no other form helps, as for an empty batch or a format, the example is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.kernels.input_classes import NONE, NUMBERS, InputClass, axis_number
from conformance.kernels.limit import Limit
from conformance.kernels.limits import Limits
from conformance.kernels.ranges import Beyond
from conformance.kernels.sizes import Sizes
from conformance.kernels.special_numbers import Special, taken_out
from conformance.model import Example, View

#: How often an example is changed: a limit may stand behind another.
_ROUNDS = 8
#: Elements of what has grown, beyond one row.
_ELEMENTS = 2**17
#: Rows that make a square of some classes.
_SQUARE = 1024
#: What a feature is changed to, the options of a pair last.
_ORDER = ("special", "layout", "axis", "rank", "batch", "rows", "classes", "width", "labels",
          "label_type", "option")  # fmt: skip


def within(limits: Limits, e: Example, quantity: str = "value") -> Example:
    """The example, or one like it that the limits do not refuse."""
    for _ in range(_ROUNDS):
        if not limits.found or not e.size:
            return e
        limit, plain = limits.covering(e, quantity), limits.plain(e.fmt.name)
        if limit is None or plain is None:
            return e
        changed = _changed(e, limit, plain, limits.axis is not None)
        if changed is None:
            return e
        e = changed
    return e


def _changed(e: Example, limit: Limit, plain: InputClass, fixed: bool) -> Example | None:
    """The example in a form that is not refused; if the axis is `fixed`, with another rank."""
    if limit.squares and (square := _square(e)) is not None:
        return square
    found = dict(limit.features)
    for name in _ORDER:
        if name in found and not (fixed and name == "axis" and "rank" in found):
            return _CHANGES[name](e, found[name], plain)
    return None


def _square(e: Example) -> Example | None:
    """As many rows along each axis as there are classes, if there are few; else a matrix."""
    n, axes = e.x.shape[-1], len(e.view.batch)
    if not e.function.rowwise or n < 2 or not axes:
        return None
    flat = n**axes > _SQUARE
    batch = (n,) if flat else (n,) * axes
    if prod(batch) > _SQUARE:
        return None
    found = _of_rows(e, np.arange(prod(batch)) % len(e.x), batch)
    last = int(e.view.axis % (axes + 1) == axes)
    axis = last if e.view.axis >= 0 else last - 2
    return found.but(view=replace(found.view, axis=axis)) if flat and axes > 1 else found


def _special(e: Example, value: Special, plain: InputClass) -> Example | None:
    return taken_out(e, *value)


def _layout(e: Example, value: Any, plain: InputClass) -> Example | None:
    return e.but(view=View(e.view.batch, e.view.axis, *plain.layout))


def _axis(e: Example, value: Any, plain: InputClass) -> Example | None:
    rank = len(e.view.batch) + 1
    return e.but(view=replace(e.view, axis=axis_number(plain.axis, rank)))


def _rank(e: Example, value: Any, plain: InputClass) -> Example | None:
    if not plain.batch:
        return _of_rows(e, np.arange(1), ())
    count, axes = len(e.x), len(plain.batch)
    half = axes > 1 and count > 0 and count % 2 == 0  # one image alone shows little
    batch = (2, *[1] * (axes - 2), count // 2) if half else (*[1] * (axes - 1), count)
    rank = axes + 1
    if not e.function.rowwise:
        return e.but(view=replace(e.view, batch=batch))
    if axis_number(plain.axis, rank, e.view.axis) == e.view.axis:
        return e.but(view=replace(e.view, batch=batch))
    axis = -1 if e.view.axis % (len(e.view.batch) + 1) else 0
    axis = -1 if len(e.view.batch) == 0 else axis
    return e.but(view=replace(e.view, batch=batch, axis=min(axis, rank - 1)))


def _batch(e: Example, value: tuple[int, ...], plain: InputClass) -> Example | None:
    axis, count = axis_number(plain.axis, len(value) + 1, e.view.axis), prod(value)
    if count != len(e.x):
        e = _of_rows(e, np.arange(count) % len(e.x), (count,))
    return e.but(view=replace(e.view, batch=value, axis=axis))


def _rows(e: Example, value: Sizes, plain: InputClass) -> Example | None:
    count = value.nearest(len(e.x))
    if count == len(e.x) or not e.view.batch:
        return None
    return _of_rows(e, np.arange(count) % len(e.x), _flat(e, count))


def _flat(e: Example, count: int) -> tuple[int, ...]:
    """A batch shape with `count` rows and as many axes as the example has."""
    return (*[1] * (len(e.view.batch) - 1), count)


def _of_rows(e: Example, rows: Array, batch: tuple[int, ...]) -> Example:
    """Some rows of an example, with their labels, weights and cotangents."""
    axis = e.view.axis if len(batch) == len(e.view.batch) else -1
    return e.only(rows, replace(e.view, batch=batch, axis=axis))


def _classes(e: Example, value: Sizes, plain: InputClass) -> Example | None:
    """The last columns, where long rows have their maximum; or the columns repeated."""
    n = e.classes
    size = value.nearest(n)
    if size == n or e.function.matrix:
        return _of_matrix(e, size, e.x.shape[-1]) if size != n else None
    if size > n and e.view.batch:
        few = _few(e, size)
        e = _of_rows(e, np.arange(few), _flat(e, few)) if few < len(e.x) else e
    columns = np.arange(n - size, n) if size < n else np.arange(size) % n
    args: dict[str, Any] = {
        k: _columns(v, columns, n) if v.ndim > 1 else v for k, v in e.args.items()
    }
    if size > n and args.get("labels", e.x[0]).ndim > 1:
        args["labels"][:, n:] = 0  # a distribution still
    options: Mapping[str, Any] = {k: _columns(v, columns, n) for k, v in e.options.items()}
    if "labels" in args and args["labels"].ndim == 1:
        first, labels = int(columns[0]), e.labels
        own = (labels >= 0) & (labels < n)
        moved = np.where(own, (labels - first) % size, labels)
        args["labels"] = moved.astype(labels.dtype)
        ignored = options.get("ignore_index")
        if ignored is not None and 0 <= ignored < n:
            options = {**options, "ignore_index": (ignored - first) % size}
    return replace(e.but(options=options, **args), grown=e.grown or size > n)


def _width(e: Example, value: Sizes, plain: InputClass) -> Example | None:
    width = value.nearest(e.x.shape[-1])
    return None if width == e.x.shape[-1] else _of_matrix(e, e.classes, width)


def _of_matrix(e: Example, classes: int, width: int) -> Example:
    """Rows of another width and a matrix of other sizes, cut off or filled with 0."""

    def fitted(array: Array, *shape: int) -> Array:
        kept = array[tuple(slice(0, n) for n in shape)]
        return np.pad(kept, [(0, n - m) for n, m in zip(shape, kept.shape, strict=True)])

    options = {k: fitted(v, classes) if np.ndim(v) == 1 else v for k, v in e.options.items()}
    options[e.function.matrix] = fitted(e.options[e.function.matrix], classes, width)
    args: dict[str, Any] = {
        k: fitted(v, len(v), classes if k == "labels" else width) if np.ndim(v) == 2 else v
        for k, v in e.args.items()
    }
    if e.labels.ndim == 1:
        ignored = (e.labels == options.get("ignore_index")) | (e.labels < 0)
        args["labels"] = np.where(ignored, e.labels, e.labels % classes).astype(e.labels.dtype)
    return replace(e.but(options=options, **args), grown=e.grown or classes > e.classes)


def _few(e: Example, size: int) -> int:
    """How many rows of a size there is room for."""
    return min(len(e.x), max(_ELEMENTS // size, 2))


def _columns(value: Any, columns: Array, n: int) -> Any:
    if (
        isinstance(value, np.ndarray)
        and value.ndim
        and value.shape[-1] == n
        and value.dtype.kind not in "iu"
    ):
        return np.ascontiguousarray(value[..., columns])
    return value


def _labels(e: Example, value: str, plain: InputClass) -> Example | None:
    """Indices as one-hot rows, or rows as the indices of their largest entries."""
    if plain.label_type == "" and e.labels.dtype.kind in "iu":
        return _hot(e)
    if not e.function.rowwise:
        return e.but(labels=np.round(e.labels.astype(np.float64)).astype(e.labels.dtype))
    index = np.argmax(e.labels.astype(np.float64), axis=-1)
    if plain.labels == "index":
        return e.but(labels=index.astype(plain.label_type))
    return e.but(labels=np.eye(e.classes, dtype=e.fmt.dtype)[index])


def _hot(e: Example) -> Example | None:
    n = e.classes
    if n > 20_000 or ((e.labels < 0) | (e.labels >= n)).any():
        return None
    options = {k: v for k, v in e.options.items() if k != "ignore_index"}
    return e.but(options=options, labels=np.eye(n, dtype=e.fmt.dtype)[e.labels])


def _label_type(e: Example, value: str, plain: InputClass) -> Example | None:
    return e.but(labels=e.labels.astype(plain.label_type or np.int32))


def _option(e: Example, value: tuple[str, Any], plain: InputClass) -> Example | None:
    name, kind = value
    if isinstance(kind, Beyond):
        return e.but(options={**e.options, name: kind.taken})
    if name in NUMBERS and kind in ("edge", NONE):
        return e.but(options={**e.options, name: NUMBERS[name][0]})
    options = {k: v for k, v in e.options.items() if k != name}
    if name == "ignore_index":  # what was ignored has a class now
        return e.but(options=options, labels=e.labels % max(e.classes, 1))
    if name != "reduction":
        return e.but(options=options)
    other = dict(plain.options).get("reduction", "mean")
    if other == e.reduction:
        return None
    cotangent = e.args["direction"].reshape(len(e.x), -1)[:, 0] if other == "none" else np.ones(())
    return e.but(options={**options, "reduction": other}, cotangent=cotangent.astype(e.fmt.dtype))


_CHANGES = {
    "special": _special, "layout": _layout, "axis": _axis, "rank": _rank, "batch": _batch,
    "rows": _rows, "classes": _classes, "width": _width, "labels": _labels,
    "label_type": _label_type, "option": _option,
}  # fmt: skip
