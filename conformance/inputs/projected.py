"""Rows with a matrix that makes their logits: many kinds of logits in few shapes.

A kernel that fuses the product with the loss works through chunks of rows, of classes, or both;
it sums over the numbers of a row, over classes and over rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from math import prod
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.inputs import labels, named, scales, together
from conformance.inputs.options import COMBINATIONS, Combination, taken
from conformance.inputs.row_maker import RowMaker
from conformance.model import EACH_OPTION, IN_TURN, TOGETHER, Example, View
from conformance.numerics.projections import MOST_MOVED, largest_share

#: Rows, classes and numbers of a row: both sides of the chunks that kernels use, of each of them;
#: 480 is a multiple of 32, 48, 80 and 96; 112 is nearly two blocks of 64.
_SHAPES = (
    (1, 2, 1), (3, 1, 4), (2, 2, 2), (9, 5, 17), (33, 17, 112), (5, 65, 33), (17, 129, 64),
    (129, 7, 5), (257, 3, 9), (3, 1025, 12), (4, 257, 481), (3, 5, 1025),
)  # fmt: skip
#: The width of a large model, smoothed labels of many classes, more rows than a chunk has, more
#: classes, and several whole tiles both ways, for accuracy; which of the combinations of options:
#: means and sums, but where one row of many classes is looked at; and what changes its logits. The
#: usual loss of a language model, too, and others with ignored rows, of many classes.
_LONG: tuple[tuple[int, int, int, int, str], ...] = (
    (2, 3, 4099, 0, ""), (2, 8195, 3, 11, ""), (1030, 3, 3, 9, ""), (1, 256, 384, 2, ""),
    (12_289, 2, 1, 2, ""), (2, 8195, 3, 6, "softcap"), (3, 33_000, 2, 0, "temperature"),
    (5, 4_111, 3, 9, ""), (5, 4_113, 2, 26, "z_loss"), (5, 4_115, 2, 14, "temperature"),
)  # fmt: skip
#: The one shape that is compiled with every set of options, and those that are compiled beside it,
#: in the last of which modes are compared.
_COMPILED, _FURTHER = (36, 5, 7), ((33, 130, 17), (3, 5, 1025))
#: The combinations of options that it is compiled with, the first two in every format and mode.
_COMBINED = tuple(COMBINATIONS[k] for k in (0, 14, 1, 10, 6, 9, 13, 22))
#: What changes logits or adds to a loss: alone, and two of them, by turns; a cap and a z_loss are
#: in one of the sets of options that meet.
_SCALED = (("softcap",), ("temperature",), ("z_loss",), ("temperature", "z_loss"))
#: Where no call is compiled: with which combination of the others, so that any three options meet,
#: as reductions and kinds of labels do. A matrix, a bias and weights have gradients of their own,
#: which may forget one option beside others. The first three in every format.
_MEETINGS = (
    (("temperature", "z_loss"), 26), (("softcap",), 28), (("softcap", "z_loss"), 8),
    (("temperature",), 14), (("softcap", "z_loss"), 21), (("temperature", "z_loss"), 13),
    (("softcap",), 15), (("temperature", "z_loss"), 10), (("softcap",), 18),
    (("temperature", "z_loss"), 24), (("temperature",), 19), (("softcap", "z_loss"), 13),
    (("temperature", "z_loss"), 27), (("temperature",), 15), (("temperature", "z_loss"), 11),
)  # fmt: skip
_IN_EVERY_FORMAT = 3
#: Longer rows, or more of them, have sums that stand still in a format of 8 bits.
_STILL, _STILL_ROWS = 1000, 10_000
#: Of the rows beyond so many a larger part is kept than of the others.
_CHUNK = 1024
#: Of logits as large as they may be, for e^x to leave the format without a shift.
_LARGEST = 4000.0


class ProjectedRows(RowMaker):
    """The examples of a function of rows, a matrix and labels."""

    def __init__(self, *subject: Any) -> None:
        super().__init__(*subject)
        self._shape = _FURTHER[-1] if self.programs == "beside" else _COMPILED
        if self.compiling:
            most = {"narrow": 2 + (self.fmt.name == "float16"), "beside": 2}  # whose means overflow
            few = _COMBINED[: most.get(self.programs or "")]
            self.combinations = [c for c in few if self._usable(c)] or self.combinations[:1]

    def designed(self) -> Iterator[Example]:
        """What shrinks well first, then sizes."""
        if self.compiling:
            yield from self._few_shapes()
            return
        half = self.effort == "quick" and self.fmt.name != "float32"
        for k in (k for k in range(len(self.combinations)) if k < 3 or k % 2 or not half):
            self.turn += 1
            rows, n = ((7, 4), (12, 3))[k % 2]
            yield self._rows(rows, n, View((rows,)), EACH_OPTION, k)
        yield from self._nothing()
        shapes = _SHAPES if self.effort == "quick" else (*_SHAPES, *_SHAPES[3:])
        for k, (rows, n, width) in enumerate(shapes[:: 1 + (self.beside or half)]):
            self.turn += 1
            view, which = self._view(rows, n), 0 if width >= _STILL else 3 * k
            yield self._rows(rows, n, view, f"{n} classes", which, width=width)
        yield from self._scaled()
        yield from self._named()
        for k in (1, 2, self._ignoring_mean)[: len(self.combinations) - 1]:
            self.turn += 1
            e = self._rows(40, 4, View((40,)), "40 rows", k)
            if "ignore_index" in e.options and e.labels.ndim == 1:  # whole chunks of rows
                e.labels[:] = np.arange(40) % 4
                e.labels[7:33] = e.options["ignore_index"]
            yield e
        for place, (rows, n, width, k, option) in enumerate(_LONG[(0, 4, 6)[self.beside + half] :]):
            with self._apart(IN_TURN, 1 + place * labels.COTANGENTS):
                which = self._like(taken(COMBINATIONS[k], self.options), k)
                given = {option: scales.VALUES[option][0]} if option in self.options else None
                e = self._rows(rows, n, View((rows,)), IN_TURN, which, width=width, given=given)
                if "weight" in e.options and e.labels.ndim == 1:
                    e.labels[...] = n - 1 - np.arange(rows)  # in the last chunk of weights
                if n > _CHUNK and "ignore_index" in e.options and e.labels.ndim == 1:
                    index = e.options["ignore_index"]
                    e.labels[::2] = np.where(e.labels[::2] == index, 1, e.labels[::2])
                    e.labels[1::2] = index  # neither all nor none
                if rows > _CHUNK and "ignore_index" in e.options and e.labels.ndim == 1:
                    e.labels[...] = np.arange(rows) % n
                    e.labels[_CHUNK // 2 : _CHUNK] = e.options["ignore_index"]  # a whole block
            yield e

    def _like(self, combination: Combination, otherwise: int) -> int:
        """The number of a combination of options that the implementation takes, or another."""
        known = combination in self.combinations
        return self.combinations.index(combination) if known else otherwise

    def _of_shape(self, view: View, n: int, k: int) -> Example:
        """Rows of a named length, whatever the number of classes."""
        return self._rows(prod(view.batch), 5, View(view.batch), named.FAMILY, k, width=n)

    def _scaled(self) -> Iterator[Example]:
        """Options that change the logits or add to the loss, with all others; whatever the seed."""
        if not self.compiling:
            yield from self._meetings()
            return
        few = {None: 12 // (1 + self.beside), "beside": 0, "narrow": 1}
        for turn in range(few.get(self.programs, 4)):
            names = [name for name in _SCALED[turn % len(_SCALED)] if name in self.options]
            if names:
                fits = self._fits(names)
                given = {name: scales.VALUES[name][turn // len(_SCALED)] for name in names}
                yield self._with(given, fits[3 * turn % len(fits)], self._shape[:2], turn)

    def _meetings(self) -> Iterator[Example]:
        """The same, any three of them together: in float64 by no numbers of float32."""
        first = int(self.fmt.bits == 64)
        for turn, (wanted, k) in enumerate(_MEETINGS[: _IN_EVERY_FORMAT if self.beside else None]):
            names = [name for name in wanted if name in self.options]
            if names:
                richest = max(self._fits(names), key=self._richness)
                given = {name: scales.VALUES[name][first + turn % 2] for name in names}
                which = self._like(COMBINATIONS[k], richest)
                yield self._with(given, which, scales.SHAPES[turn // 2 % 4], turn + turn // 2)

    def _fits(self, names: Sequence[str]) -> list[int]:
        """The combinations of other options that these are met with."""
        each = enumerate(self.combinations)
        return [k for k, c in each if all(scales.met(name, c) for name in names)]

    def _with(
        self, given: Mapping[str, float], which: int, shape: Sequence[int], turn: int
    ) -> Example:  # fmt: skip
        rows, n = shape
        with self._apart("scaled", turn):
            return self._rows(rows, n, View((rows,)), "scaled", which, given=given)

    def _richness(self, which: int) -> int:
        """How many options a combination has beside a reduction that averages or adds up."""
        reduction, weight, ignored, smoothing, _ = self.combinations[which]
        return sum(map(bool, (weight, ignored, smoothing, reduction != "none")))

    @property
    def _ignoring_mean(self) -> int:
        """A mean that ignores rows, by an index that is no class; the plain mean if none does."""
        each = enumerate(self.combinations)
        return next((k for k, c in each if c[0] == "mean" and c[2].startswith("-") and not c[3]), 1)

    def _few_shapes(self) -> Iterator[Example]:
        rows, n, width = self._shape
        for turn in range(len(_FAMILIES)):
            for k in range(len(self.combinations)):
                if turn < 2 or (turn + k) % 4 == 0:
                    self.turn += 1
                    family = "small" if turn else EACH_OPTION
                    yield self._rows(rows, n, View((rows,)), family, k, width=width)
        yield from self._scaled()
        yield from self._named()
        if self.programs in ("beside", "narrow"):
            return
        if self.programs != "quick":
            yield from self._together()
        yield from self._nothing()
        for rows, n, width in _FURTHER:
            for _ in range(4):
                self.turn += 1
                yield self._rows(rows, n, View((rows,)), f"{n} classes", 0, width=width)

    def _together(self) -> Iterator[Example]:
        """All options that may meet, in rows that all count, for every derivative."""
        rows, n, _ = self._shape
        for turn, each in enumerate(together.sets(self.function, self.options, self.built_in)):
            with self._apart(TOGETHER, 1 + turn * labels.COTANGENTS):
                given = {name: scales.VALUES[name][turn % 2] for name in each.further}
                labelled = self._labels_that_count(rows, n, each.combination)
                yield self._rows(rows, n, View((rows,)), TOGETHER, given=given, labelled=labelled)

    def _nothing(self) -> Iterator[Example]:
        """No rows, under every reduction; and none but ignored ones."""
        indices = (k for k, c in enumerate(self.combinations) if not c[1] and c[4] == "index")
        for k in islice(indices, 3):
            yield self._rows(0, 3, View((0,)), "empty", k)
        for k in [k for k, c in enumerate(self.combinations) if c[2]][: 0 if self.compiling else 3]:
            e = self._rows(3, 5, View((3,)), "all ignored", k)
            e.labels[...] = e.options["ignore_index"]
            yield e

    def _drawn(self, draw: Any) -> Example:
        rows, n = self._shape[:2] if self.compiling else (min(draw.rows, 40), min(draw.size, 300))
        view = self._view(rows, n, draw.view, draw.options)
        return self._rows(rows, n, view, "drawn", draw.options)

    def _rows(
        self, rows: int, n: int, view: View, family: str, which: int | None = None, *,
        x: Array | None = None, width: int = 0, given: Mapping[str, float] | None = None,
        labelled: tuple[Array, dict[str, Any]] | None = None,
    ) -> Example:  # fmt: skip
        view = View((rows,), -1, view.layout, start=view.start)
        found, chosen = labelled or self._labelled(rows, n, which)
        if rows > _STILL_ROWS and found.ndim == 1:
            found[...] = 0
        width = width or (self._shape[2] if self.compiling else 2 + self.turn % 7)
        chosen |= given or {}
        T, size = chosen.get("temperature", 1.0), chosen.get("softcap", 0.0)
        h, W, b = self._factors(rows, n, width, min(T, 1.0), size or (T if T > 1 else 0))
        options: dict[str, Any] = {self.function.matrix: W.astype(self.fmt.dtype), **chosen}
        turn = (which or 0) % len(self.combinations) if self.compiling else self.turn
        if "linear_bias" in self.options and (turn % 3 != 2 or (given and not self.compiling)):
            options["linear_bias"] = b.astype(self.fmt.dtype)
        args = {self.function.first: h.astype(self.fmt.dtype), "labels": found}
        return self._complete(args, options, view, family, self.turn)

    def _factors(
        self, rows: int, n: int, width: int, least: float = 1.0, size: float = 0.0
    ) -> tuple[Array, Array, Array]:
        """h, W and b of a family, scaled by powers of two until rounding moves no logit far.

        `least` of a logit is what it is divided by; those of every other row have a `size`, if any.
        """
        by_turns = _FAMILIES[self._cycle % len(_FAMILIES)]
        still = width >= _STILL or rows > _STILL_ROWS
        made = ProjectedRows._still if still else by_turns
        h, W, b = made(self, rows, n, width)
        most = min(_LARGEST, 0.8 * MOST_MOVED * least / largest_share(width + 1, self.fmt))
        largest = (np.abs(h) @ np.abs(W).T).max(axis=1, initial=0)
        wanted = np.where(np.arange(rows) % 2 * (size > 0), size, largest)
        scale = np.minimum(wanted, most - np.abs(b).max(initial=0)) / np.where(largest, largest, 1)
        return h * np.exp2(np.floor(np.log2(np.where(scale > 0, scale, 1))))[:, None], W, b

    def _bias(self, n: int, size: float = 0.5) -> Array:
        return size * self.rng.uniform(-1, 1, n)

    def _plain(self, rows: int, n: int, width: int) -> tuple[Array, Array, Array]:
        """Ordinary numbers: logits of about 1."""
        W = self.rng.normal(0, 1, (n, width)) / np.sqrt(width)
        return self.rng.normal(0, 1, (rows, width)), W, self._bias(n)

    def _large(self, rows: int, n: int, width: int) -> tuple[Array, Array, Array]:
        """As large as they may be, in every other row; a row of zeros."""
        h, W, b = self._plain(rows, n, width)
        h[::2] *= 2.0 * _LARGEST
        h[1:2] = 0
        return h, W, b

    def _offset(self, rows: int, n: int, width: int) -> tuple[Array, Array, Array]:
        """A column that adds the same to every logit of a row."""
        h, W, b = self._plain(rows, n, width)
        W[:, 0], h[:, 0] = 1, self.rng.choice((-1.0, 1.0), rows) * np.exp2(self._cycle % 9)
        return h, W, b

    def _whole(self, rows: int, n: int, width: int) -> tuple[Array, Array, Array]:
        """Small integers, so that products are exact: ties, and logits that are 0."""
        h, W = self.rng.integers(-2, 3, (rows, width)), self.rng.integers(-2, 3, (n, width))
        return h / 2.0, W / 2.0, self.rng.integers(-2, 3, n) / 8

    def _still(self, rows: int, n: int, width: int) -> tuple[Array, Array, Array]:
        """Products of one sign and size for half of the classes: long sums that stand still."""
        h = np.full((rows, width), 1.0) + self.rng.uniform(0, 0.01, (rows, 1))
        W = np.where(np.arange(n)[:, None] % 2, 1.0, 0.0) * np.ones(width)
        return h, W * 8 / width, np.zeros(n)

    def _cancelling(self, rows: int, n: int, width: int) -> tuple[Array, Array, Array]:
        """Large products that cancel, in front and at the end."""
        h, W, b = self._plain(rows, n, width)
        if width > 1:
            h[:, -1], W[:, -1] = h[:, 0], -W[:, 0]
            W[:, (0, -1)] *= 8
        return h, W, b

    def _certain(self, rows: int, n: int, width: int) -> tuple[Array, Array, Array]:
        """One class far above the others: the first, the last, or any."""
        h, W, b = self._plain(rows, n, width)
        W[(0, -1, n // 2)[self._cycle % 3]] += 3 * np.sign(h[:1].sum(axis=0) + 1e-3)
        return h, W, b


_Family = Callable[[ProjectedRows, int, int, int], tuple[Array, Array, Array]]
_FAMILIES: tuple[_Family, ...] = (
    ProjectedRows._plain, ProjectedRows._large, ProjectedRows._offset, ProjectedRows._whole,
    ProjectedRows._still, ProjectedRows._cancelling, ProjectedRows._certain,
)  # fmt: skip
