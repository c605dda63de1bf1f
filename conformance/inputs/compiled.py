"""Rows for backends that compile every shape and set of options: few of them, each used often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.inputs import families, labels, palette, scales, together
from conformance.inputs.options import COMBINATIONS, compiled
from conformance.inputs.rows import Rows
from conformance.model import IN_TURN, TOGETHER, Example, View
from conformance.numerics.logits import OPTIONS

#: Most batches have as many rows as there are families, and one more, which makes six times six.
_MANY = len(families.NAMES) + 1
#: So many rows of two classes fill blocks of rows of many lengths; of few others there are as many.
_EVEN = 1152
#: The same as a batch of images, which are not square: of losses, others see square ones.
_IMAGES = View((2, 3, 6), 1)
#: How often each combination of options is met.
_ROUNDS = {"beside": 1, "narrow": 2}
_ONCE = ("beside", "narrow")


def _height(n: int) -> int:
    """The rows of a few classes."""
    return _EVEN if n == 2 else _MANY


class CompiledRows(Rows):
    """The examples of a function of rows, as few shapes.

    One of few classes meets every combination of options, each with the class axis at one end; the
    others are of one class and two, of the middle of three axes, or of four as images have, and of
    rows that are long enough for sums to stand still, in which modes are compared.
    """

    def __init__(self, *subject: Any) -> None:
        super().__init__(*subject)
        if self.programs == "thorough":
            self._axes = [-1]
            return
        fit = [(c, axis) for c, axis in compiled(self.programs, self._usable) if self._usable(c)]
        self.combinations = [c for c, _ in fit] or [COMBINATIONS[1]]
        self._axes = [axis for _, axis in fit] or [-1]

    def _compiled_shapes(self) -> tuple[tuple[int, int], ...]:
        short = (n for n in self._classes() if n < 100)
        return self._ignored_shape, *((_height(n), n) for n in short)

    def _small_rows(self) -> Iterator[Example]:
        loss, (rows, n) = self.function.labelled, self._ignored_shape
        for repeat in range(_ROUNDS.get(self.programs, 3) if loss else 4):
            for k in range(len(self.combinations) if loss else 1):
                self.turn += 1
                yield self._small(rows, n, repeat, k)

    @property
    def _ignored_shape(self) -> tuple[int, int]:
        """The shape that is compiled with every combination of options."""
        return self._long_shape if self.programs == "beside" else (_MANY, self._few)

    @property
    def _few(self) -> int:
        """The classes of that shape: others in formats beside another, at the cost of none."""
        return palette.FEW.get(self.fmt.name, 5) if self.programs == "narrow" else 5

    @property
    def _long_shape(self) -> tuple[int, int]:
        """Rows that are long enough for sums to stand still, and how many of them."""
        further = palette.FURTHER if self.programs in _ONCE else {}
        return further.get(self.fmt.name, palette.BETWEEN_MODES)

    def _masked_shapes(self) -> list[tuple[int, int, int]]:
        """One shape, with plain labels and, in one format, floating ones."""
        rows, n = self._ignored_shape
        floating = [k for k, c in enumerate(self.combinations) if c[4] != "index" and not c[3]][:1]
        if self.programs in _ONCE or not self.function.labelled:
            floating = []
        often = {"beside": 0, "narrow": 2 * (self.fmt.name == "float16")}.get(self.programs, 4)
        return [(rows, n, k) for k in [0] * often + floating]

    def _scaled_shapes(self, option: str) -> list[tuple[int, int, int]]:
        """One shape, and few values of an option, each a program."""
        rows, n = self._ignored_shape
        often = {"beside": 0, "narrow": 1, "thorough": 6}.get(self.programs, 3)
        fits = [k for k, c in enumerate(self.combinations) if scales.met(option, c)] or [0]
        return [(rows, n, fits[turn % len(fits)]) for turn in range(often)]

    def _beside(self, option: str, k: int, turn: int) -> list[str]:
        """The options that one is met with in its turn: none, one or two."""
        others = self._others(option, k)
        first = turn // 2 % max(len(others), 1)
        found = [*others[first:], *others[:first]][: turn % 2 + (turn % 4 == 3)]
        return found[: 1 if {*found} == {*OPTIONS} else None]

    def _masked_view(self, rows: int, n: int) -> View:
        return self._view(rows, n, 0, 0)

    def _cubes(self) -> Iterator[Example]:
        """The middle axis of three, all of them equal."""
        if "axis" not in self.options or self.programs != "thorough":
            return
        each = [k for k, c in enumerate(self.combinations) if c[0] == "none"] or [0]
        for k in each[:1] * 2:
            self.turn += 1
            yield self._rows(9, 3, View((3, 3), 1), "cube", k)

    def _squares(self) -> Iterator[Example]:
        """As many rows as classes, with weights."""
        each = [k for k, c in enumerate(self.combinations) if c[1] not in ("", "nearly one")]
        for k in each[: self.programs not in _ONCE]:
            self.turn += 1
            yield self._rows(5, 5, View((5,)), "square", k)

    def _special_rows(self) -> Iterator[Example]:
        """No rows under every reduction; pairs of special values, as batches compiled anyway."""
        if self.programs not in _ONCE:
            yield from self._empties()
        if self.function.probabilities:
            return
        if self.programs == "beside":
            yield self._half_masked(*self._ignored_shape)
            return
        _, x = self._pairs()
        for n in (2, 5) if 2 in self._classes() else (self._few,):
            self.turn += 1
            rows = _height(n)
            parts = -(-len(x) // rows)
            again = x[np.arange(parts * rows) % len(x)]
            rest = self.rng.normal(0, 1, (len(again), n - 2)).astype(self.fmt.dtype)
            for part in np.split(np.concatenate([again, rest], axis=1), parts):
                yield self._rows(rows, n, self._view(rows, n, 0, 0), "special pairs", 0, x=part)

    def _half_masked(self, rows: int, n: int) -> Example:
        """Rows with −inf among their numbers, where compilers may drop a product with 0."""
        x = self.rng.normal(0, 1, (rows, n)).astype(self.fmt.dtype)
        x[0, 0] = x[1, ::2] = -np.inf
        return self._rows(rows, n, self._view(rows, n, 0, 0), "special pairs", 0, x=x)

    def _empties(self) -> Iterator[Example]:
        for k in range(min(3, len(self.combinations))):
            yield self._rows(0, 3, View((0,)), "empty", k)

    def _sizes(self) -> Iterator[Example]:
        """Few shapes, many examples of each: every family in every position of the batch."""
        for n in self._classes():
            rows = _height(n) if n < 300 else self._long_shape[0]
            for repeat in range(2 if n == 1 or rows == _EVEN else 4 if n > 2000 else 8):
                self.turn += 1
                view = self._view(rows, n, 0, repeat % 2)
                yield self._rows(rows, n, view, f"{n} classes", repeat % 2)

    def _named(self) -> Iterator[Example]:
        if self.programs in ("default", "thorough"):
            yield from self._together()
        yield from super()._named()

    def _together(self) -> Iterator[Example]:
        """All options that may meet, in rows that all count, for every derivative."""
        for turn, each in enumerate(together.sets(self.function, self.options, self.built_in)):
            with self._apart(TOGETHER, 1 + turn * labels.COTANGENTS):
                e = self._of_set(each)
                for name in each.further:
                    e = self._with(e, name, turn % 2)
            yield e

    def _of_set(self, each: together.Set) -> Example:
        rows = _MANY
        args = {self.function.first: self.rng.normal(0, 1, (rows, 5)).astype(self.fmt.dtype)}
        chosen: dict[str, Any] = {}
        if self.function.labelled:
            args["labels"], chosen = self._labels_that_count(rows, 5, each.combination)
        view = _IMAGES if each.image and "axis" in self.options else View((rows,))
        return self._complete(args, chosen, view, TOGETHER, self.turn)

    def _batches(self) -> Iterator[Example]:
        """A mean of more rows than a block has, and of no round number of them."""
        each = enumerate(self.combinations)
        means = [k for k, c in each if c[0] == "mean" and not c[3] and c[4] == "index"]
        if self.programs == "default" and self.function.reduces:
            for k in means[:1]:
                with self._apart(IN_TURN, 1):
                    rows = palette.LONG_BATCH
                    e = self._rows(rows, 5, View((rows,)), IN_TURN, k)
                yield e

    def _labels(self) -> Iterator[Example]:
        """In bfloat16, smoothed if that may be, labels beyond 256 that it does not hold."""
        each = enumerate(self.combinations)
        plain = [k for k, c in each if c[0] != "mean" and not (c[1] or c[2]) and c[4] == "index"]
        if self.fmt.name != "bfloat16" or self.programs not in ("default", "narrow"):
            return
        if not self.function.labelled:
            return
        rows, n = self._long_shape
        with self._apart(IN_TURN, 2):
            e = self._rows(rows, n, View((rows,)), IN_TURN, (*plain, 0)[0])
            if e.labels.dtype.kind in "iu":
                e.labels[...] = n - 2 * np.arange(1, rows + 1) | 1
            if "label_smoothing" in self.options:
                e = e.but(options={**e.options, "label_smoothing": 0.25})
        yield e

    def _still(self) -> Iterator[Example]:
        if self.programs != "beside":
            yield from self._standing_still(*self._long_shape)

    def _long_axis(self) -> int:
        return -1

    def _far(self) -> Iterator[Example]:
        if self.programs == "thorough":
            self.turn += 1
            yield self._rows(65537, 2, View((65537,)), "batch of 65537", 0)
            if not self.function.labelled and self.fmt.is_half:
                yield self._rows(2, 4096, View((2,)), "far")

    def _view(self, rows: int, n: int, turn: int | None = None, which: int | None = None) -> View:
        """The view that a shape has with its options: one for each, so that it is one program."""
        turn = self.turn if turn is None else turn
        if self.programs == "thorough":
            return View((rows,), 0 if turn % 5 == 4 else -1)
        if n == palette.MIDDLE_AXIS:
            return View((rows // 6, 6), 1) if self.function.labelled else View((rows // 9, 3, 3), 1)
        if n != self._few or self.programs == "beside" or not self.function.labelled:
            return View((rows,))
        return View((rows,), self._axes[(which or 0) % len(self._axes)])

    def _rows(
        self, rows: int, n: int, view: View, family: str, which: int | None = None, *,
        x: Array | None = None,
    ) -> Example:  # fmt: skip
        few = self.programs not in ("beside", "thorough")
        if which is not None and few and rows and n not in (3, self._few):
            which = 0
        return super()._rows(rows, n, view, family, which, x=x)

    def _classes(self) -> tuple[int, ...]:
        """Further class sizes; float64 has no sums to stand still."""
        classes = palette.COMPILED_CLASSES.get(self.programs, self._long_shape[1:])
        if self.programs == "narrow" and (self.function.labelled or self.fmt.bits == 64):
            return ()
        if not self.function.labelled or self.programs == "thorough":
            return classes
        return tuple(n for n in classes if n != 2)
