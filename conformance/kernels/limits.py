"""What an implementation takes: a class of inputs that it refuses is a limit, not a mistake.

Nothing is tried in advance. When a call has raised, calls with harmless numbers find out whether
the file refuses the *class* of the inputs, whatever their values: the class must raise twice, with
different numbers, while a plain call gives a result before and after. Then the class is simplified
as long as it still raises; what remains is the limit. An exception for some values only, a bug of
the file, or arguments that were changed before it raised, stays an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import FORMATS
from conformance.kernels.call import Call, How
from conformance.kernels.failures import CallFailed
from conformance.kernels.input_classes import NUMBERS, InputClass, class_of, specimen
from conformance.kernels.layouts import LEAST_AXES
from conformance.kernels.limit import Limit, Refused
from conformance.kernels.plain_calls import PlainCalls
from conformance.kernels.ranges import beyond
from conformance.kernels.simpler import (
    Feature,
    larger,
    optioned,
    simplifications,
    sized,
    spared,
    squared,
)
from conformance.kernels.sizes import Sizes, affordable, rule_of
from conformance.kernels.special_numbers import refused_on_purpose
from conformance.model import Example, Function

#: Failed calls that are looked into: each costs a few calls, a limit some twenty.
_LOOKED_INTO = 60

#: How libraries say that there is no derivative; what else one raises on the way is a mistake.
_LACKS = re.compile(
    r"not require grad|not support (JVP|differentiation)|no (gradient|derivative)"
    r"|[Rr]everse-mode differentiation|Linearization failed|[Dd]ifferentiation rule|differentiable"
)

#: Where a number that is not finite is put: at the beginning, at the end and in the middle.
_PLACES = (0, 1, 2)

#: What a recursion may be too deep for.
_SIZES = frozenset({"rows", "classes", "width"})
#: Makes the call of a quantity: "value", "vjp", "hvp", ...
Caller = Callable[[str, Example], object]


class Limits:
    """The limits of one function in one mode on one device, as far as calls have met them."""

    def __init__(
        self, function: Function, accepts: frozenset[str], call: Caller,
        built_in: Mapping[str, Any], mode: str = "eager", eager: Limits | None = None,
        graphs: bool = False,
    ) -> None:  # fmt: skip
        self._mode, self._eager = mode, eager
        self._graphs = graphs  # to be looked at still
        self._no_graph: Limit | None = None
        self._built_in = built_in
        #: The class axis that is built in, if one is.
        self.axis: int | None = built_in.get("axis")
        self._function = function
        self._call = call
        self.found: list[Limit] = []
        #: True while calls are made to find a limit.
        self.looking = False
        self._unexplained: set[InputClass] = set()
        #: Options with the one number that raises, as temperature=0 does: errors of any class.
        self._numbers: set[tuple[str, Any]] = set()
        self._asks_floats = bool(function.matrix)
        #: The plainest class of inputs that gives a result, by format and quantity.
        self.plain = PlainCalls(function, accepts, built_in, lambda c: self._tried(c, 0))

    def gives_rows(self, fmt: str) -> bool:
        """True if the plainest call that raises nothing has no result of the shape of a mean."""
        for c in self.plain.usual(fmt, "value"):
            came = self._tried(c, 0)
            if came is None:
                return False
            if isinstance(came, CallFailed) and came.kind == "shape":
                return True
        return False

    def plain_examples(self, fmt: str) -> Iterator[Example]:
        """The calls of which one has to give a result, the plainest first."""
        return (self._specimen(c, 0) for c in self.plain.usual(fmt, "value"))

    def plainest(self, fmt: str) -> Example:
        """The plainest of them."""
        return next(self.plain_examples(fmt))

    def of(self, group: str) -> list[Limit]:
        """Those of one kind."""
        return [limit for limit in self.found if limit.group == group]

    def check(self, quantity: str, e: Example) -> None:
        """Refused if a call is known to be outside of the limits."""
        if self._asks_floats and not self.looking and e.labels.dtype.kind not in "iu":
            self._asks_floats = False
            self.found += self._of_floats(e.fmt.name)
        if self.found and not self.looking and _proper(e):
            limit = self.covering(e, quantity or "value")
            if limit is not None:
                raise Refused(limit)

    def covering(self, e: Example, quantity: str) -> Limit | None:
        """A limit that a call is known to be outside of, if there is one."""
        if not self.found:
            return None
        c = class_of(e, quantity, special=any(limit.of_numbers for limit in self.found))
        return next((limit for limit in self.found if limit.covers(c)), None)

    def _of_floats(self, fmt: str) -> list[Limit]:
        """That labels are indices, if one-hot rows have no loss for each row.

        Kernels that fuse the product with the loss take no others, and seldom look at their type.
        """
        plain = self.plain(fmt)
        if plain is None or ("reduction", "mean") not in plain.options:
            return []
        each = (("reduction", "none"), *plain.without("reduction").options)
        hot = replace(plain, labels="one-hot", label_type="", options=tuple(sorted(each)))
        came = self._tried(hot, 0)
        if not isinstance(came, CallFailed) or came.kind != "shape":
            return []
        shown, kinds = self._specimen(hot, 0), ("one-hot", "soft", "unnormalised")
        return [Limit((("labels", kind),), shown, str(came)) for kind in kinds]

    def graph(self, e: Example) -> None:
        """Refused if a plain result keeps no graph, or none is given where one is to be kept.

        Where some results keep one, those that do not have wrong derivatives.
        """
        plain = self.plain(e.fmt.name) if self._graphs and not self.looking else None
        if plain is not None:
            self._graphs = False
            came = self._tried(replace(plain, quantity="graph"), 0)
            declined = isinstance(came, Unsupported) or (
                came is not None and _refuses(came) and self.plain(e.fmt.name, "graph") is None
            )
            if declined:
                at = self._specimen(plain, 0)
                self._no_graph = Limit((("quantity", "vjp"),), at, str(came))
                self.found.append(self._no_graph)
        if self._no_graph is not None:
            raise Refused(self._no_graph)

    def only_by(self, how: How | None, call: Call, e: Example) -> bool:
        """True if plain calls turn out to give a result only by `how`, as `call` is made then."""
        if how is None or self.looking:
            return False
        return self.plain.only_by(how, call, e.fmt.name)

    def explain(self, quantity: str, e: Example, failed: CallFailed) -> None:
        """Refused if a call failed because of what its inputs are, not of what they say."""
        if self.looking or not quantity or not _refuses(failed) or not _proper(e):
            return
        c = class_of(e, quantity, special=True)
        if c in self._unexplained or len(self._unexplained) >= _LOOKED_INTO:
            return
        if not self._numbers.isdisjoint(c.options):
            return
        self.looking = True
        try:
            limit = self._limit(c, failed)
        finally:
            self.looking = False
        if limit is None:
            self._unexplained.add(c)
            return
        self.found += [limit, *self._of_plainer_labels(limit)]
        raise Refused(limit)

    def _limit(self, c: InputClass, failed: CallFailed) -> Limit | None:
        narrowed = next((one for one in spared(c) if self._raises(one, 0)), None)
        if narrowed is None or not self._raises(narrowed, 1):
            return None
        c = narrowed
        plain = self.plain(c.fmt, c.quantity)
        features = self._basic(c, failed) if plain is None else self._features(c, plain)
        numbers = {v for n, v in features if n == "option" and isinstance(v[1], float)}
        if not features or numbers:
            self._numbers |= numbers if len(features) == 1 else set()
            return None
        if failed.exception == "RecursionError" and not self._too_deep(c, features):
            return None
        if failed.of_types and _by_sizes(features):  # which change no type: a slip on the way
            return None
        last = self._shown(c, plain, features)
        if last.special and not self._looks_for_numbers(last, features):
            return None
        if not all(self._raises(other, 1) for other in (last, *larger(last, features))) or (
            plain is not None and not self._gives(plain, 1)
        ):
            return None
        return Limit(
            features, self._specimen(last, 0), self._said(last) or str(failed),
            failed.for_want_of_memory, not c.square and self._takes_squares(last, features),
        )  # fmt: skip

    def _of_plainer_labels(self, limit: Limit) -> Iterator[Limit]:
        """The same of distributions, where the labels refused first are further from indices."""
        if limit.features not in ((("labels", "unnormalised"),), (("labels", "soft"),)):
            return
        of, kind = class_of(limit.example, "value"), dict(limit.features)["labels"]
        for plainer in ("one-hot", "soft"):
            c = replace(of, labels=plainer)
            if plainer != kind and self._raises(c, 0):
                yield replace(limit, features=(("labels", plainer),), example=self._specimen(c, 0))

    def _too_deep(self, c: InputClass, features: tuple[Feature, ...]) -> bool:
        """True if sizes alone decide and twice the size is refused: too deep a recursion."""
        names = [name for name, _ in features]
        longer = (sized(c, name, 2 * getattr(c, name) + 1) for name in names if name in _SIZES)
        return _SIZES.issuperset(names) and all(self._raises(other, 1) for other in longer)

    def _looks_for_numbers(self, c: InputClass, features: tuple[Feature, ...]) -> bool:
        """True if NaN, or an infinity, is refused on purpose, in any place and for itself alone.

        In some places, with some options or in long rows alone it is what the file does not expect.
        """
        names = [name for name, _ in features if name != "quantity"]
        came = [self._failure(c, seed) for seed in _PLACES] if names == ["special"] else [None]
        on_purpose = all(failed is not None and refused_on_purpose(failed) for failed in came)
        return on_purpose and self._gives(replace(c, special=()), 1)

    def _takes_squares(self, c: InputClass, features: tuple[Feature, ...]) -> bool:
        """True if an option or an axis is refused except for arrays with axes of equal length."""
        names = {name for name, _ in features}
        offered = names <= {"option", "axis", "rank", "quantity"} and names & {"option", "axis"}
        square = squared(c) if offered else None
        return square is not None and self._gives(square, 0) and not self._weighs_rows(c, names)

    def _weighs_rows(self, c: InputClass, names: set[str]) -> bool:
        """True if weights of classes are refused on purpose, and those of rows are taken."""
        e, failed = self._specimen(c, 0), self._failure(c, 0)
        weight = e.options.get("weight")
        if names != {"option"} or weight is None or failed is None or not failed.meant:
            return False
        rows = e.but(options={**e.options, "weight": np.resize(weight, len(e.x))})
        return self._came(c.quantity, rows) is None

    def _basic(self, c: InputClass, failed: CallFailed) -> tuple[Feature, ...]:
        """What is refused if no plain call works: a derivative, the mode, or the format."""
        if c.quantity != "value" and self.plain(c.fmt) is not None:
            none = failed.meant or not failed.exception or _LACKS.search(str(failed))
            return (("quantity", c.quantity),) if none else ()
        if self._eager is not None and self._eager.plain(c.fmt, c.quantity) is not None:
            return (("mode", self._mode),)
        others = (name for name in FORMATS if name != c.fmt)
        if c.quantity == "value" and any(self.plain(name) is not None for name in others):
            return (("fmt", c.fmt),)
        return ()

    def _features(self, c: InputClass, plain: InputClass) -> tuple[Feature, ...]:
        """The features of a class without which the call would not be refused."""
        for plainer in simplifications(c, plain):
            changed = plainer(c)
            if changed is not None and changed != c and self._raises(changed, 0):
                c = changed
        return tuple(self._differences(c, plain))

    def _differences(self, c: InputClass, plain: InputClass) -> Iterator[Feature]:
        yield from (("special", number) for number in c.special)
        yield from (("option", self._kind(c, o)) for o in c.options if o not in plain.options)
        kinds = ("labels",) if c.labels != plain.labels else ("label_type",)
        for name in ("layout", "axis", *kinds):
            if getattr(c, name) != getattr(plain, name):
                yield name, getattr(c, name)
        if c.rank != plain.rank and LEAST_AXES.get(c.layout[0], 0) <= plain.rank:
            yield "rank", c.rank
        alone = c.rank == plain.rank and c.batch != plain.batch and self._of_one_batch(plain)
        if alone:
            yield "batch", plain.batch
        for name in ("rows", "classes", "width"):
            ranked = name == "rows" and (alone or c.rank != plain.rank)
            if not ranked and getattr(c, name) != getattr(plain, name):
                yield name, self._sizes(c, name, getattr(plain, name))
        if c.quantity != "value":
            yield "quantity", c.quantity

    def _kind(self, c: InputClass, option: tuple[str, Any]) -> tuple[str, Any]:
        """The range of refused numbers around that of an option, if there is one."""
        name, number = option
        if not isinstance(number, float):
            return option

        def refuses(other: float) -> bool:
            return self._raises(optioned(c, name, other), 0)

        return name, beyond(number, NUMBERS[name][0], refuses) or number

    def _of_one_batch(self, plain: InputClass) -> bool:
        """True if a batch of several axes is taken, but not the same number of rows otherwise."""
        flat = (*[1] * (len(plain.batch) - 1), plain.rows)
        return flat != plain.batch and self._raises(replace(plain, batch=flat), 0)

    def _sizes(self, c: InputClass, name: str, taken: int) -> Sizes:
        """Which sizes are refused, of rows, of classes or of what a matrix multiplies."""
        failed, rule = self._failure(c, 0), rule_of
        if failed is not None and failed.for_want_of_memory:
            rule = affordable
        return rule(getattr(c, name), taken, lambda k: self._raises(sized(c, name, k), 0))

    def _shown(
        self, c: InputClass, plain: InputClass | None, features: tuple[Feature, ...]
    ) -> InputClass:
        """The plainest class that has the features."""
        if plain is None:
            like = self.plain(c.fmt) or (self._eager and self._eager.plain(c.fmt))
            found = like or next(self.plain.usual(c.fmt, c.quantity))
            found = replace(found, quantity=c.quantity)
            return found if self._raises(found, 0) else c
        for plainer in simplifications(c, plain):
            changed = plainer(c)
            if changed is not None and self._raises(changed, 0):
                c = changed
        for name, value in features:
            if isinstance(value, Sizes) and value.rule == "at most":
                smallest = sized(c, name, value.number + 1)
                c = smallest if self._raises(smallest, 0) else c
        return c

    def _gives(self, c: InputClass, seed: int) -> bool:
        """True if a harmless call gives a result."""
        return self._tried(c, seed) is None

    def _raises(self, c: InputClass, seed: int) -> bool:
        return self._failure(c, seed) is not None

    def _failure(self, c: InputClass, seed: int) -> CallFailed | None:
        came = self._tried(c, seed)
        return came if isinstance(came, CallFailed) and _refuses(came) else None

    def _tried(self, c: InputClass, seed: int) -> CallFailed | Unsupported | None:
        """The error of a harmless call; None if it gave a result."""
        return self._came(c.quantity, self._specimen(c, seed))

    def _came(self, quantity: str, e: Example) -> CallFailed | Unsupported | None:
        looking, self.looking = self.looking, True
        try:
            self._call(quantity, e)
        except (CallFailed, Unsupported) as came:
            return came
        finally:
            self.looking = looking
        return None

    def _specimen(self, c: InputClass, seed: int) -> Example:
        return specimen(c, seed, self._built_in)

    def _said(self, c: InputClass) -> str:
        failed = self._failure(c, 0)
        return "" if failed is None else str(failed)


def _refuses(failed: CallFailed) -> bool:
    """False for a slip of the file, a wrong result, a fault, or changed arguments."""
    no_refusal = failed.slip or failed.changed or failed.faulted
    return failed.kind == "raised" and not no_refusal


def _by_sizes(features: tuple[Feature, ...]) -> bool:
    """True if sizes alone decide what is refused, of a value or of a derivative."""
    names = {name for name, _ in features} - {"quantity"}
    return bool(names) and names <= _SIZES


def _proper(e: Example) -> bool:
    """False for a call that violates the interface, which a law makes on purpose."""
    rank = len(e.view.batch) + 1
    if e.function.rowwise and not -rank <= e.view.axis < rank:
        return False
    labels = e.args.get("labels")
    if labels is not None and labels.dtype not in ("int64", e.fmt.dtype):
        return False
    if e.function.rowwise and not e.classes:  # no classes: many have no value for them
        return False
    floating = labels is not None and labels.dtype == e.fmt.dtype
    if floating and e.options.get("ignore_index", -1) >= 0:  # no class is ignored beside them
        return False
    if e.options.get("reduction", "mean") not in ("none", "mean", "sum"):
        return False
    weight = e.options.get("weight")
    if e.function.rowwise and weight is not None and len(weight) != e.classes:
        return False
    return e.x.dtype == e.fmt.dtype
