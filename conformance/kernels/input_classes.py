"""Classes of inputs: all properties of an example but its finite numbers; harmless ones of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from conformance.floats import FORMATS, Array
from conformance.functions import FUNCTIONS
from conformance.kernels.arguments import DEFAULTS, constant
from conformance.kernels.layouts import fitted
from conformance.kernels.special_numbers import Special, put_in, specials
from conformance.model import Example, Function, View

#: Rows and classes of a plain call, tried in this order: a kernel may want blocks of a size.
_PLAIN_ROWS = (((2,), 3), ((2,), 4), ((8,), 16), ((128,), 128), ((), 4), ((1, 2), 4))
#: Numbers in a row that a matrix multiplies, and classes that it makes of a named shape.
_WIDTH, _MADE = 16, 5
_PLAIN_FLAT = ((5,), (16,), (128,), (), (2, 4))
#: Options that are numbers: harmless ones.
NUMBERS = {
    "label_smoothing": (0.125, 0.25),
    "temperature": (2.0, 4.0),
    "softcap": (32.0, 64.0),
    "z_loss": (0.125, 0.25),
    "gamma": (2.0, 1.0),
    "alpha": (0.25, 0.75),
}
#: The ends of their ranges, which a file may leave out.
EDGES = {"label_smoothing": 1.0, "alpha": 0.0, "gamma": 0.0}
#: The kind of an α that is given as None: a file may have a number of its own for none.
NONE = "None"
#: Kinds of ignored indices: usual ones each, since a kernel may take one of them only.
_IGNORED = {"-100": (-100, -100), "-1": (-1, -1), "negative": (-2, -7), "beyond": (255, 300)}


@dataclass(frozen=True, slots=True)
class InputClass:
    """What a call is apart from its numbers.

    `axis` is where the classes lie and how that is said: "last-" is axis=-1, "first+" axis=0.
    `layout` is that of all arrays, or of `only` one, with its start. `labels` is their kind,
    `label_type` their type; `options` has (name, kind) of those that are not at their default; a
    number is a kind, and "some" one that is harmless.
    `classes` is 0 for elementwise functions, `width` the numbers of a row that a matrix multiplies.
    `special` are its numbers that are not finite, where they are asked for.
    """

    function: str
    fmt: str
    quantity: str
    rows: int
    classes: int
    batch: tuple[int, ...]
    axis: str = "last-"
    layout: tuple[str, str, int] = ("C", "", 1)
    labels: str = ""
    label_type: str = ""
    options: tuple[tuple[str, Any], ...] = ()
    width: int = 0
    special: tuple[Special, ...] = ()

    @property
    def rank(self) -> int:
        """The number of axes of the first argument."""
        return len(self.batch) + self.of.rowwise

    @property
    def of(self) -> Function:
        """The function."""
        return FUNCTIONS[self.function]

    @property
    def square(self) -> bool:
        """True if there are several axes, all as long."""
        sizes = {*self.batch, *([self.classes] if self.of.rowwise else [])}
        return self.rank > 1 and len(sizes) == 1

    def without(self, option: str) -> InputClass:
        """The same without an option."""
        return replace(self, options=tuple(o for o in self.options if o[0] != option))


def class_of(e: Example, quantity: str, *, special: bool = False) -> InputClass:
    """The class of a call with an example; `special`: with its numbers that are not finite."""
    rank = len(e.view.batch) + e.function.rowwise
    labels = e.args.get("labels")
    return InputClass(
        function=e.function.name,
        fmt=e.fmt.name,
        quantity=quantity,
        rows=len(e.x),
        classes=e.classes if e.function.rowwise else 0,
        batch=e.view.batch,
        axis=_axis_words(e.view.axis, rank) if e.function.rowwise else "last-",
        layout=_layout(e.view),
        labels="" if labels is None else _label_kind(labels, e.function),
        label_type="" if labels is None or labels.dtype.kind not in "iu" else labels.dtype.name,
        options=tuple(sorted(_option_kinds(_given(e), e.classes))),
        width=e.x.shape[-1] if e.function.matrix else 0,
        special=specials(e) if special else (),
    )


def _given(e: Example) -> Mapping[str, Any]:
    """The options without the matrix, and with the default reduction if none is given."""
    found = {"reduction": e.reduction, **e.options} if e.function.reduces else e.options
    return {k: v for k, v in found.items() if k != e.function.matrix}


def _layout(view: View) -> tuple[str, str, int]:
    if view.layout == "C":
        return "C", "", 1
    return view.layout, view.only, view.start if view.layout == "offset" else 1


def _axis_words(axis: int, rank: int) -> str:
    place = axis % rank
    where = "last" if place == rank - 1 else "first" if place == 0 else "middle"
    return where + ("-" if axis < 0 else "+")


def axis_number(words: str, rank: int, built_in: int | None = None) -> int:
    """The axis that "last-", "first+", "middle-" means: that built in, if it is one of those."""
    fits = built_in is not None and -rank <= built_in < rank
    if built_in is not None and fits and _axis_words(built_in, rank) == words:
        return built_in
    place = {"last": rank - 1, "first": 0, "middle": max(rank - 2, 0)}[words[:-1]]
    return place - rank if words[-1] == "-" else place


def _label_kind(labels: Array, function: Function) -> str:
    if labels.dtype.kind in "iu":
        return "index"
    values = labels.astype(np.float64)
    hard = bool(np.isin(values, (0, 1)).all())
    if not function.rowwise:
        return "hard" if hard else "soft"
    if np.abs(values.sum(axis=-1) - 1).max(initial=0) > 0.02:
        return "unnormalised"
    return "one-hot" if hard else "soft"


def _option_kinds(options: Mapping[str, Any], classes: int) -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if name == "alpha" and value is None:
            yield name, NONE
        elif value is None or value is False or (name in NUMBERS and value == DEFAULTS[name]):
            continue
        elif name == "ignore_index":
            yield name, _ignored_kind(int(value), classes)
        elif name == "reduction":
            yield name, str(value)
        elif isinstance(value, np.ndarray):
            yield name, "array" if value.ndim else "number"
        elif value == EDGES.get(name):
            yield name, "edge"
        else:
            yield name, float(value) if name in NUMBERS else "some"


def _ignored_kind(index: int, classes: int) -> str:
    if index in (-100, -1, 0):
        return str(index)
    return "negative" if index < 0 else "class" if index < classes else "beyond"


def plain_classes(
    function: Function, fmt: str, quantity: str, accepts: frozenset[str],
    built_in: Mapping[str, Any],
) -> Iterator[InputClass]:  # fmt: skip
    """Plain calls, the plainest first: a C-contiguous matrix, the last axis, no options."""
    shapes = _PLAIN_ROWS if function.rowwise else tuple((batch, 0) for batch in _PLAIN_FLAT)
    for batch, classes in shapes:
        view = fitted(View(batch), prod(batch), function.rowwise, built_in)
        yield from _of_view(function, view, classes, fmt, quantity, accepts, built_in)


def shaped_class(
    function: Function, shape: tuple[int, ...], fmt: str, quantity: str,
    accepts: frozenset[str], built_in: Mapping[str, Any],
) -> Iterator[InputClass]:  # fmt: skip
    """The same for a first argument of this shape, along the last axis or that built in."""
    axis = int(built_in.get("axis", -1))
    if not function.rowwise:
        yield from _of_view(function, View(shape), 0, fmt, quantity, accepts, built_in)
    elif -len(shape) <= axis < len(shape):
        at = axis % len(shape)
        view = View((*shape[:at], *shape[at + 1 :]), axis)
        n, width = (_MADE, shape[at]) if function.matrix else (shape[at], 0)
        yield from _of_view(function, view, n, fmt, quantity, accepts, built_in, width)


def _of_view(
    function: Function, view: View, classes: int, fmt: str, quantity: str,
    accepts: frozenset[str], built_in: Mapping[str, Any], width: int = 0,
) -> Iterator[InputClass]:  # fmt: skip
    """Each kind of labels with each reduction, the plainest first."""
    fixed = {**({"reduction": "mean"} if function.reduces else {}), **constant(built_in)}
    reductions = ("mean", "none", "sum") if "reduction" in accepts else ("",)
    always = [o for o in _option_kinds(fixed, classes) if o[0] not in accepts]
    rank = len(view.batch) + 1
    for labels, label_type in _plain_labels(function):
        for reduction in reductions:
            chosen = [("reduction", reduction)] if reduction else []
            yield InputClass(
                function=function.name, fmt=fmt, quantity=quantity,
                rows=prod(view.batch), classes=classes, batch=view.batch, labels=labels,
                axis=_axis_words(view.axis, rank) if function.rowwise else "last-",
                label_type=label_type, options=tuple(sorted([*always, *chosen])),
                width=(width or _WIDTH) if function.matrix else 0,
            )  # fmt: skip


def _plain_labels(function: Function) -> tuple[tuple[str, str], ...]:
    if not function.labelled:
        return (("", ""),)
    if not function.rowwise:
        return (("hard", ""), ("soft", ""))[: 1 if function.hard else 2]
    indices = (("index", "int64"), ("index", "int32"))
    return indices if function.indexed else (*indices, ("one-hot", ""))


def specimen(c: InputClass, seed: int, built_in: Mapping[str, Any] | None = None) -> Example:
    """A harmless example of a class: numbers that no kernel minds, others for another seed."""
    rng = np.random.Generator(np.random.PCG64([seed, c.rows, c.classes]))
    function, fmt = c.of, FORMATS[c.fmt]
    shape = (c.rows, c.width or c.classes) if function.rowwise else (c.rows,)
    x = rng.integers(-16, 17, shape) / 8
    if function.probabilities:
        x = np.exp2(x / 2) if function.rowwise else 0.5 + x / 8
        x = x / x.sum(axis=-1, keepdims=True) if function.rowwise else x
    x = -np.abs(x) if function.logarithms else x
    args: dict[str, Array] = {function.first: x.astype(fmt.dtype)}
    if c.labels:
        args["labels"] = _labels(c, seed)
    if "y" in function.arguments:
        args["y"] = np.ascontiguousarray(args[function.first][::-1])
    if c.layout[0] == "broadcast":  # one row, repeated
        args = {k: np.repeat(v[:1], len(v), axis=0) for k, v in args.items()}
    options = dict(_options(c, seed)) | constant(built_in or {})
    if function.matrix:
        options[function.matrix] = (rng.integers(-8, 9, (c.classes, c.width)) / 8).astype(fmt.dtype)
    single = function.reduces and options.get("reduction", "mean") != "none"
    value = () if single else shape if function.shaped else shape[:1]
    args["cotangent"] = np.ones(value).astype(fmt.dtype)
    args["direction"] = np.ones(shape).astype(fmt.dtype)
    fixed = (built_in or {}).get("axis")
    axis = axis_number(c.axis, c.rank, fixed) if function.rowwise else -1
    view = View(c.batch, axis, *c.layout)
    e = Example(function, fmt, args, view, options, "harmless")
    for name, number in c.special:
        e = put_in(e, name, number, seed)
    return e


def _labels(c: InputClass, seed: int) -> Array:
    dtype = FORMATS[c.fmt].dtype
    if not c.of.rowwise:
        hard = (np.arange(c.rows) + seed) % 2
        return (hard if c.labels == "hard" else 0.25 + hard / 2).astype(dtype)
    rows, classes = np.arange(c.rows), max(c.classes, 1)
    index = (rows + seed) % classes if seed % 2 == 0 else np.full(c.rows, classes // 2)
    if c.labels == "index":
        return index.astype(c.label_type)
    q = np.zeros((c.rows, c.classes))
    if q.size:
        q[rows, index] = 1
        if c.labels != "one-hot" and classes > 1:
            q[rows, index], q[rows, (index + 1) % classes] = 0.75, 0.25
    return (q * (2 if c.labels == "unnormalised" else 1)).astype(dtype)


def _options(c: InputClass, seed: int) -> Iterator[tuple[str, Any]]:
    dtype = FORMATS[c.fmt].dtype
    for name, kind in c.options:
        if name == "reduction":
            yield name, kind
        elif name in ("log_target", "keepdims"):
            yield name, True
        elif kind in ("edge", NONE):
            yield name, EDGES[name] if kind == "edge" else None
        elif name in NUMBERS:
            yield name, kind if isinstance(kind, float) else NUMBERS[name][seed % 2]
        elif name == "ignore_index":
            last = 0 if kind == "0" else max(c.classes - 1, 0)
            yield name, _IGNORED.get(kind, (last, last))[seed % 2]
        elif name == "where":
            left_out = np.arange(c.classes) == (np.arange(c.rows)[:, None] + 1 + seed) % max(
                c.classes, 1
            )
            yield name, ~left_out | (c.classes < 2)
        else:
            size = () if kind == "number" else (c.classes or c.rows,)
            yield name, np.full(size, 1 + seed / 2).astype(dtype)
