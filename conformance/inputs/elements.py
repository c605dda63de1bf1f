"""Elementwise examples: every number of a 16-bit format, every length, every option."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.inputs import elementwise, labels, named, palette
from conformance.inputs.draws import Draw
from conformance.inputs.generation import Generation
from conformance.inputs.options import (
    REDUCTIONS,
    binary_options,
    focus,
    weights,
)
from conformance.model import EACH_OPTION, TOGETHER, Example, View

#: Of so many elements and fewer each is another.
_DISTINCT = 4097
#: No multiple of anything that chunks are long, and more than two grids of 1,024 blocks of 128;
#: in one format so many are summed, too.
_MANY = 300_007
#: Of functions that a run of a whole library examines quickly, more than 2²⁰, none of them summed.
_MOST = 1_050_011
#: So many losses are added up, one after another, to less than their sum; few enough for laws that
#: look at derivatives by weights.
_ADDED = 4001
#: Losses of so many elements are met under each reduction in every format.
_LONGEST = 65_537
#: Shapes of three axes, and of four, and the turns of their options: a mean and a sum with both
#: weights, and with one of them; smoothed labels with each reduction and each weight.
_OF_AXES: tuple[tuple[tuple[int, ...], int], ...] = (
    ((2, 3, 4), 31), ((2, 3, 4), 25), ((2, 3, 4), 59), ((2, 3, 4), 15),
    ((2, 3, 1, 4), 73), ((2, 3, 1, 4), 10), ((2, 3, 1, 4), 11), ((2, 3, 4), 66),
)  # fmt: skip
#: Each with each, itself included: the ends of two arguments, and what lies between.
_ENDS = (-np.inf, 1.5, np.inf, np.nan)
#: Longer ones end in a mild number, so that a tail of one that is left out shows.
_ALL_WILD = 33
_SAMPLE = {"quick": 4_000, "default": 24_000, "thorough": 200_000}


class Elements(Generation):
    """The examples of an elementwise function."""

    def designed(self) -> Iterator[Example]:
        """Everywhere on the axis, then every length."""
        yield from self._everywhere()
        yield from self._lengths()
        yield from self._named()
        yield from self._far_scalars()
        yield from self._together()
        yield from self._still()

    def _compiled_shapes(self) -> tuple[tuple[int, int], ...]:
        return tuple((1, size) for size in self._compiled_lengths())

    def _compiled_lengths(self) -> tuple[int, ...]:
        """Lengths of mixed numbers."""
        return palette.COMPILED_LENGTHS[self.programs]

    def _drawn(self, draw: Draw) -> Example:
        x = self._placed(draw) if draw.places else self._mixed(draw.size)
        return self._flat(x, "drawn", self._flat_view(draw.size))

    def _everywhere(self) -> Iterator[Example]:
        """Every number of a 16-bit format; strata and seams of the others."""
        if self.programs == "beside":
            return  # each operation on so many numbers would be another program
        size = _SAMPLE[self.effort] // (2 * (1 + self.beside) if self.fmt.bits == 64 else 1)
        if self.function.probabilities:
            x = elementwise.all_probabilities(self.fmt, size)
            family = f"all {len(x):,}" if self.fmt.is_half else "stratified"
        else:
            x = elementwise.everywhere(self.fmt.name, size)
            family = "all 65,536" if self.fmt.is_half else "stratified"
        if not self.function.labelled:
            for kind in (0, 1):
                yield self._flat(x, family, View(x.shape), cotangent=kind)
            return
        for hard in (0.0, 1.0, None):
            y = labels.binary(self.rng, len(x), self.fmt, 1)
            fixed = y if hard is None else np.full(len(x), hard).astype(self.fmt.dtype)
            none = {"reduction": "none"} if "reduction" in self.options else {}
            yield self._flat(x, family, View(x.shape), y=fixed, options=none, cotangent=0)

    def _lengths(self) -> Iterator[Example]:
        sizes = self._shared(palette.lengths(self.effort))
        sizes = self._compiled_lengths() if self.compiling else sizes
        if self.programs not in ("beside", "narrow"):
            yield from self._scalars()
        for size in sizes:
            first = self.compiling and size == sizes[0] and self.function.labelled
            for _ in range(self._repeats(size)):
                self.turn += 1
                n = _MANY if size == _LONGEST and self._sums else size
                yield self._length(n, EACH_OPTION if first else f"length {n}")
        many = 0 if self.compiling else 24
        for k in range(many if self.function.labelled else 6):
            self.turn += 1
            if not self._has(k):
                continue
            size = self._small() if self.compiling else 6 + self.turn % 7
            family = EACH_OPTION if self.function.labelled else "small"
            if k % 7 in (2, 5) and not self.compiling:
                yield self._of_axes(k // 7 + 4 * (k % 7 == 5), family)
                continue
            column = k % 7 in (3, 6) and not self.compiling  # as a head of one output gives
            view = View((size, 1)) if column else self._flat_view(size)
            yield self._without_one(self._flat(self._mixed(size), family, view), k)
        if "label_smoothing" in self.options and not self.compiling:
            yield self._of_axes(-1, EACH_OPTION)
        if "y" in self.function.arguments:
            yield self._ends()
        yield from self._many()
        for _ in range(0 if self.programs in ("beside", "narrow") else 3):
            self.turn += 1
            yield self._flat(self._mixed(0), "empty batch", View((0,)))
        if self.function.labelled and self.programs != "narrow":
            yield from self._infinite()
        if not self.compiling and {"weight", "pos_weight"} & self.options:
            for _ in range(6):
                self.turn += 1
                yield self._flat(self._mixed(16), "square", View((4, 4)))

    def _without_one(self, e: Example, k: int) -> Example:
        """By turns one of two arguments is −∞, so that the other is the result."""
        if "y" in e.args and k % 3 == 1:
            e.args["xy"[k // 3 % 2]][...] = -np.inf
        return e

    def _ends(self) -> Example:
        """Every pair of −∞, a number, +∞ and NaN, more than once."""
        size = self._small() if self.compiling else 37
        x, y = (np.resize(part, size) for part in np.meshgrid(_ENDS, _ENDS))
        with self._apart("ends", 1):
            e = self._flat(x.astype(self.fmt.dtype), "ends", self._flat_view(size))
        return e.but(y=y.astype(self.fmt.dtype))

    def _of_axes(self, place: int, family: str) -> Example:
        """Three axes, and four as of images; their options are set, so that any three meet."""
        axes, turn = _OF_AXES[place]
        with self._apart("axes", turn):
            return self._flat(self._mixed(24), family, View(axes))

    def _many(self) -> Iterator[Example]:
        """More elements than a kernel does at once, for the laws on accuracy alone."""
        if self._brief or self._always_reduces:
            return
        none = {"reduction": "none"} if "reduction" in self.options else {}
        many = _MOST if self.function.lean else _MANY
        family = f"length {many}"
        each = {"weight", "pos_weight"} & self.options
        chosen = {k: weights(self.rng, _DISTINCT, self.fmt, "powers") for k in sorted(each)}
        few = self._flat(self._mixed(_DISTINCT), family, View((_DISTINCT,)), options=none | chosen)
        places = self.rng.integers(0, _DISTINCT, many)
        yield few.repeated(places, View((many,)))

    def _length(self, size: int, family: str) -> Example:
        """A length, of the longest ones with elements that recur."""
        view = self._flat_view(size)
        if self.compiling or size <= _DISTINCT or (self._reduces(size) and size < _LONGEST):
            e = self._flat(self._mixed(size), family, view)
            g = e.args["cotangent"]
            if g.size > _ALL_WILD and g.flat[-1] == 0:
                g.flat[-1] = 1
            return e
        few = self._flat(self._mixed(_DISTINCT), family, View((_DISTINCT,)))
        places = self.rng.integers(0, _DISTINCT, size)
        places[-1] = _DISTINCT - 1  # which is mild: a tail that is left out shows
        return few.repeated(places, view)

    def _named(self) -> Iterator[Example]:
        """The shapes that are named for a kernel, where elements recur."""
        for view, _ in named.shapes(self.function, self.built_in):
            self.turn += 1
            size = prod(view.batch)
            if self.compiling or size <= _DISTINCT or self._reduces(size):
                view = View(named.cut(view.batch, 1, _LONGEST))
                yield self._length(prod(view.batch), named.FAMILY).but(view=view)
                continue
            few = self._length(_DISTINCT, named.FAMILY)
            last = np.arange(size) >= size - _DISTINCT  # as the few end, in a mild number
            places = np.where(last, np.arange(size) - size, self.rng.integers(0, _DISTINCT, size))
            yield few.repeated(places % _DISTINCT, view)

    def _reduces(self, size: int) -> bool:
        if "reduction" not in self.options:
            return self._always_reduces
        return REDUCTIONS[self._option_turn(size) % 3] != "none"

    @property
    def _sums(self) -> bool:
        """True for a turn that sums, or gives the only reduction there is; in one format of a run.

        A whole grid of losses is summed then, by a kernel that may leave out what is beyond it.
        """
        if self._brief:
            return False
        alone = "reduction" not in self.options
        return self._reduces(0) and (alone or REDUCTIONS[self._option_turn(0) % 3] == "sum")

    @property
    def _always_reduces(self) -> bool:
        """True for a loss that is given as its mean, or its sum, alone."""
        alone = self.function.reduces and "reduction" not in self.options
        return alone and self.built_in.get("reduction", "mean") != "none"

    def _scalars(self) -> Iterator[Example]:
        """Arrays of no axis, under every reduction."""
        for _ in range(3 if self.function.labelled else 1):
            self.turn += 1
            yield self._flat(self._mixed(1), "scalar", View(()))

    def _far_scalars(self) -> Iterator[Example]:
        """Arrays of no axis whose exponential, or logarithm, leaves the format."""
        ends = (0, 1) if self.function.probabilities else (-1000, self.fmt.largest / 2)
        for end in () if self.compiling else ends:
            self.turn += 1
            wrong = np.array([end <= 0], self.fmt.dtype)
            yield self._flat(np.array([end], self.fmt.dtype), "scalar", View(()), y=wrong)

    def _together(self) -> Iterator[Example]:
        """All options of a loss from logits at once, where each derivative is a program."""
        turn = 1 if "log_target" in self.options else 3  # those that give it, or both weights
        richer = not self.options.isdisjoint({"log_target", "pos_weight"})
        if self.compiling and self.programs == "default" and richer:
            size, rng = self._small(), self.rng
            x = rng.normal(0, 2, size).astype(self.fmt.dtype)
            y = rng.uniform(0.1, 0.9, size).astype(self.fmt.dtype)
            options = dict(binary_options(rng, size, self.fmt, self.options, turn))
            yield self._flat(x, TOGETHER, self._flat_view(size), y=y, options=options, cotangent=1)

    def _still(self) -> Iterator[Example]:
        """Equal losses, whose derivatives by one weight for all, a sum, stand still in halves."""
        found = {"weight", "pos_weight"} & self.options
        if self.compiling or not self.fmt.is_half or not found:
            return
        one = np.ones((), self.fmt.dtype)
        options = {**dict.fromkeys(sorted(found), one), "reduction": "sum"}
        x = np.full(_ADDED, 0.5 if self.function.probabilities else 0).astype(self.fmt.dtype)
        with self._apart(TOGETHER, 0):
            e = self._flat(x, TOGETHER, View(x.shape), y=np.ones_like(x), options={
                name: value for name, value in options.items() if name in self.options
            })  # fmt: skip
        yield e

    def _infinite(self) -> Iterator[Example]:
        """One infinite loss under each reduction, among losses of ordinary size."""
        n = self._small() if self.compiling else 7
        view = self._flat_view(n) if self.compiling else View((n,))
        for reduction in REDUCTIONS if "reduction" in self.options else ():
            x, y = np.full((2, n), 0.5).astype(self.fmt.dtype)
            x[3], y[3] = (0 if self.function.probabilities else -np.inf), 1
            yield self._flat(x, "an infinite loss", view, y=y,
                             options={"reduction": reduction})  # fmt: skip

    def _small(self) -> int:
        """A few elements, of the lengths that are compiled."""
        return next(size for size in self._compiled_lengths() if size >= 7)

    def _repeats(self, size: int) -> int:
        """Losses of many elements under each reduction; of few, whose tails recur, by turns."""
        if self.compiling:
            return 6
        if not self.function.labelled or size <= 33 or (self.beside and size < _LONGEST):
            return 1
        return 2 if size < 1000 else 3

    def _mixed(self, size: int) -> Array:
        reduced = self._reduces(size)
        wild = not reduced or (self.turn % 5 == 0 and size < palette.MANY)
        if self.function.probabilities:
            x = elementwise.probabilities(self.rng, size, self.fmt, ends=wild)
        else:
            x = elementwise.mixed(self.rng, size, self.fmt, self.turn, specials=wild)
        if reduced and size >= palette.MANY:  # the last loss is log 2: left out, it is missed
            x[-1] = 0.5 if self.function.probabilities else 0
        elif not reduced and size > _ALL_WILD:
            x[-1] = (1 if self.function.probabilities else 4) * (0.3 + self.turn % 4 / 8)
        return x

    def _flat_view(self, size: int) -> View:
        if self.compiling:
            between = palette.BETWEEN_MODES
            return View(between if size == prod(between) else (size,))
        found = palette.view(size, self.turn, self.layouts, -1)
        return found if len(found.batch) or size == 1 else replace(found, batch=(size,))

    def _flat(
        self, x: Array, family: str, view: View, *, y: Array | None = None,
        options: dict[str, Any] | None = None, cotangent: int | None = None,
    ) -> Example:  # fmt: skip
        turn = self.turn if cotangent is None else cotangent
        args = {self.function.first: self._given(x)}
        chosen: dict[str, Any] = {}
        if "y" in self.function.arguments:
            args["y"] = elementwise.beside(self.rng, x, self.fmt)
        if self.function.labelled:
            args["labels"] = (
                labels.binary(self.rng, len(x), self.fmt, self._kind) if y is None else y
            )
            by_turn = binary_options(
                self.rng, len(x), self.fmt, self.options, self._option_turn(len(x))
            )
            if self.compiling and by_turn.get("reduction") == "mean":
                self._in_part(by_turn.get("weight"))
            numbers = focus(self.options, self.fmt, self._option_turn(len(x)))
            chosen = {**numbers, **(by_turn if options is None else options)}
            if self.function.hard:
                args["labels"] = np.rint(args["labels"].astype(float)).astype(self.fmt.dtype)
            if {**chosen, **self._constant}.get("log_target"):
                with np.errstate(divide="ignore"):
                    args["labels"] = np.log(args["labels"].astype(float)).astype(self.fmt.dtype)
        return self._complete(args, chosen, view, family, turn)

    def _in_part(self, weight: Any) -> None:
        """Some weights of 0: of the few programs that are compiled one is to count them."""
        if np.ndim(weight):
            weight[::5] = 0

    @property
    def _kind(self) -> int:
        """A kind of labels, each of which meets every reduction, weighted or not."""
        return self.turn // 3 + self.turn // 12

    def _option_turn(self, size: int) -> int:
        """Compiled option sets are few: each is a program, and most are met at one length only."""
        if not self.compiling:
            return self.turn
        if size and size != self._small() and self.programs != "thorough":
            return 0
        if self.programs != "narrow":
            return self.turn % 6
        few = [3, 1] if "weight" in self.options else [1]  # single losses are everywhere
        if self.fmt.name == "float16":  # whose sums overflow, and plain means
            few += [2, 4]
        return few[self.turn % len(few)]
