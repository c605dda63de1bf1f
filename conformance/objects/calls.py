"""What `--as` says: which function of the spec an object is, and how it is called.

`softmax(axis=1)`: it is softmax, along an axis that is built in. `softmax(axis=dim)`: its argument
for the axis is called dim. `softmax((x,), out=1)`: it takes a tuple and writes to its second
argument. The text is parsed, never evaluated.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from conformance.errors import LoadError, did_you_mean, nearest
from conformance.functions import FUNCTIONS
from conformance.kernels.plain_calls import shape
from conformance.model import Function
from conformance.objects.synonyms import ELSEWHERE

GRADIENT = "_vjp"
#: How it is said what comes back, how many axes an array has, and a shape that is taken.
_HOW = ("out", "result", "ndim", "shape")
REDUCTIONS = ("none", "mean", "sum")
#: The sum over the length of the first axis, of a divergence.
BATCHMEAN = "batchmean"
#: A spec's name, a literal, or a tuple of them: what stands at one place of a call.
Item = Any
#: Values of an option in the spec, each with the object's own for it.
Pairs = tuple[tuple[Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Spelled:
    """A name of the spec, "out" included, at a place of the object's call."""

    name: str


@dataclass(frozen=True, slots=True)
class As:
    """The parsed text.

    `order` is what the object takes by position, None if nothing is said of it. `fixed` are options
    of the spec that are built in; `renamed` maps names of the spec to those of the object;
    `constants` are further arguments of the object. `shape` is a shape of its first array that it
    takes, with -1 for any size. `own_defaults`: an option that a call does not give is left to the
    object, whatever its default means. `own_values` are what the object has for values of options;
    `unsaid` is what stands for one that has to be given, and has no value that means none.
    """

    text: str
    name: str
    order: tuple[Item, ...] | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    out: int | str | None = None
    result: int | str | None = None
    ndim: int | None = None
    shape: tuple[int, ...] | None = None
    own_defaults: bool = False
    own_values: Mapping[str, Pairs] = field(default_factory=dict)
    unsaid: Mapping[str, Any] = field(default_factory=dict)

    @property
    def function(self) -> Function:
        """The function of the spec, of a gradient the one that it belongs to."""
        return FUNCTIONS[self.name.removesuffix(GRADIENT)]

    @property
    def built_in(self) -> dict[str, Any]:
        """What is fixed, as the suite knows it, and `ndim` and `shape`, where they are said.

        A batchmean is called as a mean (`Adapted`).
        """
        said = {"ndim": self.ndim, "shape": self.shape}
        fixed = {k: "mean" if v == BATCHMEAN else v for k, v in self.fixed.items()}
        return fixed | {k: v for k, v in said.items() if v is not None}

    @property
    def gradient(self) -> bool:
        """True for F_vjp."""
        return self.name not in FUNCTIONS

    @property
    def arrays(self) -> tuple[str, ...]:
        """The arrays of a call, in the order of the spec."""
        return (*self.function.arguments, *(("cotangent",) if self.gradient else ()))


def known() -> list[str]:
    """The names that `--as` knows."""
    return [*FUNCTIONS, *(name + GRADIENT for name in FUNCTIONS)]


def parsed(text: str) -> As:
    """The text after `--as`. LoadError, in one line, for what is wrong with it."""
    node = _tree(text)
    call = node if isinstance(node, ast.Call) else None
    named = call.func if call is not None else node
    if not isinstance(named, ast.Name):
        raise _wrong(text, "is not a call such as softmax(axis=1)")
    name = _function(text, named.id)
    found = As(text=" ".join(text.split()), name=name)
    return found if call is None else _Reader(found).read(call)


def _tree(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _wrong(text, "is not a call such as softmax(axis=1)") from None


def _function(text: str, name: str) -> str:
    if name in known():
        return name
    close = did_you_mean(name, known())
    guess = f".{close}" if close else f"; there are {', '.join(FUNCTIONS)}"
    raise _wrong(text, f"no function {name!r} in the spec{guess}")


def _wrong(text: str, why: str) -> LoadError:
    shown = text if len(text) <= 120 else f"{text[:120]}..."
    return LoadError(f"--as {shown!r}: {why}")


class _Reader:
    """Reads the arguments of one call."""

    def __init__(self, blank: As) -> None:
        self._of = blank
        self._names = (*blank.arrays, *blank.function.options)

    def read(self, call: ast.Call) -> As:
        """The parsed call."""
        for keyword in call.keywords:
            if keyword.arg is None:
                raise self._wrong("** says nothing here")
        given = {str(k.arg): k.value for k in call.keywords}
        how: dict[str, Any] = {k: self._how(k, given.pop(k)) for k in _HOW if k in given}
        order = tuple(self._item(node) for node in call.args) if call.args else None
        found: dict[str, Any] = {"fixed": {}, "renamed": {}, "constants": {}}
        for key, node in given.items():
            kind, value = self._keyword(key, node)
            found[kind][key] = value
        self._once(order, found)
        if "out" in how and "result" in how:
            raise self._wrong("either out= or result=: what is written to is the result")
        if "shape" in how and "axis" in found["fixed"]:  # which axis that is, the rank says
            how.setdefault("ndim", len(how["shape"]))
        if found["fixed"].get("reduction") == BATCHMEAN:  # of rows: other ranks differ in meaning
            how.setdefault("ndim", 2)
        self._fits(how, found["fixed"].get("axis", -1))
        return replace(self._of, order=order, **found, **how)

    def _fits(self, how: Mapping[str, Any], axis: int) -> None:
        """Refuse a number of axes that is not that of the shape, or that lacks the axis."""
        ndim = how.get("ndim")
        if ndim is not None and len(how.get("shape", ())) not in (0, ndim):
            raise self._wrong(f"shape= has {len(how['shape'])} axes, and ndim= is {ndim}")
        if ndim is not None and not -ndim <= axis < ndim:
            raise self._wrong(f"an array with ndim={ndim} has no axis {axis}")

    def _item(self, node: ast.expr) -> Item:
        if isinstance(node, ast.Tuple | ast.List):
            items = tuple(self._item(part) for part in node.elts)
            return items if isinstance(node, ast.Tuple) else list(items)
        if not isinstance(node, ast.Name):
            return self._literal(node)
        if node.id in (*self._names, "out"):
            return Spelled(node.id)
        raise self._wrong(self._unknown(node.id))

    def _keyword(self, key: str, node: ast.expr) -> tuple[str, Any]:
        """The table to which a keyword belongs, and its value."""
        array, option = key in self._of.arrays, key in self._of.function.options
        if isinstance(node, ast.Name):
            if not (array or option):
                raise self._wrong(self._unknown(key))
            if key == "reduction" and node.id in (*REDUCTIONS, BATCHMEAN):
                raise self._wrong(f"write reduction={node.id!r} with quotes")
            return "renamed", node.id
        if array:
            raise self._wrong(f"{key}= is an array; give the object's name for it: {key}=NAME")
        value = self._literal(node)
        if option:
            return "fixed", self._fixed(key, value)
        if ELSEWHERE.get(key) in self._names or nearest(key, self._names, 0.8):
            raise self._wrong(self._unknown(key))
        return "constants", value

    def _fixed(self, key: str, value: Any) -> Any:
        right, what = _OPTIONS[key]
        batchmean = (key, value) == ("reduction", BATCHMEAN) and self._of.function.name == "kl_div"
        if right(value) or batchmean:
            return value
        raise self._wrong(f"{key}={value!r} is not {what}")

    def _how(self, key: str, node: ast.expr) -> int | str | tuple[int, ...]:
        if key == "shape":
            try:
                return shape(self._literal(node))
            except ValueError as error:
                raise self._wrong(f"shape= is {error}") from None
        value = node.id if isinstance(node, ast.Name) else self._literal(node)
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if key == "ndim":
            if not whole or not value:
                raise self._wrong("ndim= is the number of axes, 2 for matrices")
        elif not whole and not isinstance(value, str):
            raise self._wrong(f"{key}= is a place such as 2, or a name")
        return value

    def _literal(self, node: ast.expr) -> Any:
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            shown = ast.unparse(node)
            raise self._wrong(f"{shown} is neither a name nor a plain value") from None

    def _once(self, order: tuple[Item, ...] | None, found: Mapping[str, Mapping[str, Any]]) -> None:
        """Refuse what is given twice, and calls that leave out an array."""
        placed = [item.name for item in flat(order or ())]
        twice = [n for n in placed if placed.count(n) > 1 or n in found["fixed"]]
        if twice:
            raise self._wrong(f"{twice[0]} is given twice")
        missing = [a for a in self._of.arrays if a not in placed and a not in found["renamed"]]
        if order is not None and missing:
            raise self._wrong(f"the call leaves out {missing[0]}")

    def _unknown(self, name: str) -> str:
        of = self._of.name
        if (meant := ELSEWHERE.get(name)) in self._names:
            value = "1" if meant == "axis" else "..."
            way = f"{meant}={name} if the object calls it so"
            if meant in self._of.function.options:
                way += f", or {meant}={value} if it is built in"
            return f"the spec's word for {name} is {meant}: {way}"
        close = did_you_mean(name, self._names)
        guess = f".{close}" if close else self._there_are()
        return f"{of} has no argument or option {name!r}{guess}"

    def _there_are(self) -> str:
        return f"; there are {', '.join(self._names)}"

    def _wrong(self, why: str) -> LoadError:
        return _wrong(self._of.text, why)


def flat(items: tuple[Item, ...] | list[Item]) -> Iterator[Spelled]:
    """The names in a call, those in its tuples too."""
    for item in items:
        if isinstance(item, Spelled):
            yield item
        elif isinstance(item, tuple | list):
            yield from flat(item)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _share(value: Any) -> bool:
    return _number(value) and 0 <= value <= 1


def _smoothing(value: Any) -> bool:
    return _number(value) and 0 <= value < 1


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < inf


#: Option -> what it may be fixed to, and that in words.
_OPTIONS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "axis": (lambda v: _whole(v) and -8 <= v < 8, "an axis such as -1"),
    "reduction": (lambda v: v in REDUCTIONS, "'none', 'mean' or 'sum'"),
    "ignore_index": (lambda v: v is None or _whole(v), "a class index such as -100, or None"),
    "label_smoothing": (_smoothing, "a number from 0 to 1"),
    "weight": (lambda v: v is None, "None: weights are arrays"),
    "pos_weight": (lambda v: v is None, "None: weights are arrays"),
    "where": (lambda v: v is None, "None: masks are arrays"),
    "alpha": (lambda v: v is None or _share(v), "a number from 0 to 1, or None"),
    "gamma": (lambda v: _number(v) and v >= 0, "a number of at least 0"),
    "log_target": (lambda v: isinstance(v, bool), "True or False"),
    "keepdims": (lambda v: isinstance(v, bool), "True or False"),
    "temperature": (_positive, "a number above 0"),
    "z_loss": (lambda v: v == 0 or _positive(v), "a number, 0 or more"),
    "softcap": (lambda v: v is None or _positive(v), "a number above 0, or None"),
}
