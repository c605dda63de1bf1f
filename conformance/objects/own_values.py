"""Values of options that mean in an object what others mean in the spec, found by small calls.

With `ignore_index=0` by default, "no row is ignored" has to be said by another number; a reduction
may be a member of an Enum, a code, or a function.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from itertools import product
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.kernels.input_classes import InputClass, plain_classes, specimen
from conformance.kernels.parameters import EMPTY
from conformance.model import Example, Implementation
from conformance.objects.adapter import Adapted, adapted
from conformance.objects.calls import REDUCTIONS, As, Pairs, parsed
from conformance.objects.small_calls import result

#: An ignored index that no label is, the likeliest first.
_NO_CLASS = (None, -100, -1, -2, 2**30)
#: A share of label 1 that is not one, and a usual one; and how near results have to be.
_NO_SHARE, _SHARE, _ROUGHLY = (None, -1.0), 0.25, 1e-3
#: Names of what has others in the spec.
_NAMES = {"sum_over_batch_size": "mean", "average": "mean", "avg": "mean", "elementwise": "none"}
#: As long a row as is made to have the class that a default ignores.
_LONGEST = 4096
#: Stands in a call for a value that is tried.
_TRIED = object()


def odd(target: Callable[..., Any], own: str, option: str, default: Any) -> bool:
    """True if the spec's values of an option may be called otherwise: its default shows that."""
    if option == "reduction":
        required = default is EMPTY
        return _is_enum(_annotation(target, own)) if required else not _usual(default)
    if option == "ignore_index":
        return default is EMPTY or (_whole(default) and default >= 0)
    if option == "alpha":
        return default is not None
    if option in ("weight", "pos_weight"):
        if default is EMPTY:
            return True
        number = isinstance(default, float) or _whole(default) or hasattr(default, "shape")
        return number and not bool((np.asarray(default) == 1).all())
    return False


def _usual(reduction: Any) -> bool:
    return reduction is None or (type(reduction) is str and reduction in REDUCTIONS)


def _annotation(target: Callable[..., Any], name: str) -> object:
    """The type that a parameter is annotated with; None if there is none that can be had."""
    with suppress(Exception):
        return typing.get_type_hints(target).get(name)
    return None


def understood(made: Adapted, found: Implementation) -> Adapted:
    """The object, with what its values of options are called; or left at a default it cannot lack.

    It is as it was if no small call gives a result.
    """
    if made.said.gradient:
        return made
    for option, own, default in made.options:
        if odd(made.target, own, option, default):
            made = _with(made, _Small(made, found, option, own, default).said())
    keeps = may_keep_rows(made.said, made.accepted)
    return _with(made, _of_rows(made, found)) if keeps else made


def may_keep_rows(said: As, options: Collection[str]) -> bool:
    """True for a loss of elements of which nothing says how it puts them together."""
    free = said.ndim is None and said.shape is None and not (said.gradient or said.out)
    of = said.function
    return of.reduces and not of.rowwise and free and "reduction" not in (*options, *said.fixed)


def _of_rows(made: Adapted, found: Implementation) -> dict[str, Any]:
    """What is to be said of a loss that gives one number for each row of a matrix."""
    of = made.said.function
    fmt = (found.dtypes or ("float32",))[0]
    kinds = plain_classes(of, fmt, "value", frozenset(), made.said.built_in)
    for e in (specimen(c, 0) for c in kinds if c.rank == 2):
        got = _called(made, found, e.but(options={}), {})
        arrays = [e.array(name).astype(np.float64) for name in of.arguments]
        with np.errstate(all="ignore"):
            losses = of.plainly(*arrays)
        if got is not None and losses is not None and got.shape == e.view.batch[:1]:
            each = np.nan_to_num(losses.reshape(e.view.batch))
            how = min(("mean", "sum"), key=lambda h: np.abs(getattr(each, h)(axis=-1) - got).sum())
            return {"fixed": {**made.said.fixed, "reduction": how}, "ndim": 1}
    return {}


def _called(
    made: Adapted, found: Implementation, e: Example, options: Mapping[str, Any]
) -> Array | None:
    """What a small call gives; None if it raises."""
    device = (found.devices or found.backend.devices())[0]
    return result(made, e, found.backend, device, options)


def as_of(made: Adapted, function: Adapted) -> Adapted:
    """A gradient, with the values of options that its function has."""
    taken = {option for option, _, _ in made.options}
    for what in ("own_values", "fixed", "unsaid"):
        known = getattr(function.said, what)
        if more := {k: v for k, v in known.items() if k in taken}:
            made = _with(made, {what: {**getattr(made.said, what), **more}})
    return made


def _with(made: Adapted, said: Mapping[str, Any]) -> Adapted:
    return adapted(made.target, replace(made.said, **said), made.where) if said else made


@dataclass(frozen=True, slots=True)
class _Small:
    """Small calls of an object with values of one option: its own name for it, and its default."""

    made: Adapted
    found: Implementation
    option: str
    own: str
    default: Any

    def said(self) -> dict[str, Any]:
        """What is to be said of the option: its values, or that it is built in."""
        if self.option == "reduction":
            pairs = self._first(self._reductions)
        elif self.option == "ignore_index":
            pairs = self._first(self._neutral(_NO_CLASS, self._keeps))
        elif self.option == "alpha":
            pairs = self._first(self._neutral(_NO_SHARE, self._unweighted))
        else:
            pairs = self._first(self._neutral((None, *_ones(self.default)), self._gives))
        said = self.made.said
        if pairs:
            return {"own_values": {**said.own_values, self.option: pairs}}
        if self.option == "ignore_index" and self.default is not EMPTY:
            return {"fixed": {**said.fixed, self.option: self.default}}
        if self.option == "alpha" and self.default is EMPTY:
            return {"unsaid": {**said.unsaid, self.option: _SHARE}}
        return {}

    def _first(self, find: Callable[[InputClass], Pairs]) -> Pairs:
        """What is found with the plainest arrays with which something is."""
        of, built_in = self.made.said.function, self.made.said.built_in
        fmt = (self.found.dtypes or ("float32",))[0]
        plain = plain_classes(of, fmt, "value", frozenset(), built_in)
        return next((pairs for c in plain if (pairs := find(self._wide(c)))), ())

    def _wide(self, c: InputClass) -> InputClass:
        """The same with the class that is ignored by default."""
        ignored = self.option == "ignore_index" and self.default is not EMPTY
        wide = ignored and c.classes <= self.default < _LONGEST
        return replace(c, classes=self.default + 1) if wide else c

    def _neutral(
        self, candidates: Sequence[Any], right: Callable[[InputClass, Any], bool]
    ) -> Callable[[InputClass], Pairs]:
        """Finds the value that stands for the spec's None."""
        return lambda c: tuple([(None, v) for v in candidates if right(c, v)][:1])

    def _gives(self, c: InputClass, value: Any) -> bool:
        got = self._call(self._example(c), value)
        return got is not None and bool(np.isfinite(got).all())

    def _unweighted(self, c: InputClass, value: Any) -> bool:
        """True if both classes count whole: what α and 1 − α weight adds up to that."""
        e = self._example(c)
        got, one, other = (self._call(e, v) for v in (value, _SHARE, 1 - _SHARE))
        if got is None or one is None or other is None:
            return False
        return got.shape == one.shape and np.allclose(got, one + other, rtol=_ROUGHLY)

    def _keeps(self, c: InputClass, value: Any) -> bool:
        """True if rows of each class count: a mean over no rows is NaN, or 0."""
        asked = sorted({0, 1, 2, c.classes - 1, *([self.default] if _whole(self.default) else [])})
        e = self._example(c)
        labelled = (e.but(labels=np.full_like(e.labels, k)) for k in asked if 0 <= k < c.classes)
        got = (self._call(other, value) for other in labelled)
        return all(g is not None and np.isfinite(g).all() and g.any() for g in got)

    def _reductions(self, c: InputClass) -> Pairs:
        """The values that mean the spec's three, by what they give."""
        e = self._example(c)
        came = [(v, g) for v in self._values() if (g := self._call(e, v)) is not None]
        each = [(v, g) for v, g in came if g.shape == c.batch]
        numbers = [(v, float(g)) for v, g in came if g.shape == ()]
        found = {"none": each[0][0]} if each else {}
        for value, number in numbers:
            losses = each[0][1] if each else None
            found.setdefault(_meaning(value, number, numbers, losses, len(e.x)), value)
        return tuple((word, found[word]) for word in REDUCTIONS if word in found)

    def _values(self) -> Iterator[Any]:
        """The default, then whatever else of its kind may be meant by a reduction."""
        kind: object = type(self.default)
        if self.default is EMPTY:
            kind = _annotation(self.made.target, self.own)
        else:
            yield self.default
        if _is_enum(kind):
            yield from typing.cast("type[Enum]", kind)
        elif isinstance(self.default, bool):
            yield not self.default
        elif _whole(self.default):
            yield from (n for n in range(4) if n != self.default)
        elif callable(self.default):
            yield from (None, _each, _mean, _sum)
        elif isinstance(self.default, str):
            styles = (str.lower, str.upper, str.capitalize)
            yield from (style(word) for style, word in product(styles, REDUCTIONS))

    def _example(self, c: InputClass) -> Example:
        e = specimen(c, 0, self.made.said.built_in)
        return e.but(options={k: v for k, v in e.options.items() if k == e.function.matrix})

    def _call(self, e: Example, value: Any) -> Array | None:
        """What a call with a value of the object's own gives; None if it raises."""
        said = self.made.said
        trial = {**said.own_values, self.option: ((_TRIED, value),)}
        return _called(
            _with(self.made, {"own_values": trial}), self.found, e, {self.option: _TRIED}
        )


def _meaning(
    value: Any, number: float, numbers: Sequence[tuple[Any, float]], losses: Array | None, n: int
) -> str:
    """Whether a number is the mean or the sum: by the losses, else by the other, else by name."""
    if losses is not None:
        mean, total = losses.mean(), losses.sum()
        return "mean" if abs(number - mean) <= abs(number - total) else "sum"
    others = [abs(other) for _, other in numbers if other != number]
    if others:
        return "sum" if abs(number) > min(others) * (n + 1) / 2 else "mean"
    word = str(getattr(value, "name", value)).lower()
    return _NAMES.get(word, word if word in REDUCTIONS else "mean")


def _ones(default: Any) -> Iterator[Any]:
    """1 as a number, and as what the default is."""
    yield 1.0
    with suppress(Exception):
        yield default * 0 + 1


def _is_enum(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _mean(losses: Any) -> Any:
    return losses.mean()


def _sum(losses: Any) -> Any:
    return losses.sum()


def _each(losses: Any) -> Any:
    return losses


def words(made: Adapted) -> Iterator[str]:
    """What the head of a report says of them."""
    if made.said.ndim == 1 and parsed(made.said.text).ndim is None:
        yield f"gives the {made.fixed['reduction']} of each row, and is examined with vectors"
    for option, own, default in made.options:
        pairs = made.said.own_values.get(option, ())
        if pairs and option == "reduction":
            yield f"{own} is " + ", ".join(f"{shown(v)} for {word!r}" for word, v in pairs)
        elif pairs:
            usual = "" if default is EMPTY else f", not its default {shown(default)}"
            plain = "no label is ignored" if option == "ignore_index" else "nothing is weighted"
            yield f"{own}={shown(pairs[0][1])} is passed where {plain}{usual}"


def shown(value: Any) -> str:
    """A value as it is typed: a member of an Enum and a function by their names."""
    if isinstance(value, Enum):
        return str(value)
    return str(getattr(value, "__name__", "")).lstrip("_") or repr(value)
