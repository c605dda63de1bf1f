"""Examples of rows: every designed shape with every family, label kind and option."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle

import numpy as np

from conformance.floats import Array
from conformance.inputs import families, palette
from conformance.inputs.images import Images
from conformance.inputs.long_rows import NORMAL
from conformance.model import EACH_OPTION, Example, View

_SPECIALS = (0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, -np.nan)


class Rows(Images):
    """The designed examples of a function of rows of classes."""

    def designed(self) -> Iterator[Example]:
        """What shrinks well first, then sizes and batches."""
        yield from self._small_rows()
        yield from self._ignored_rows()
        yield from self._cubes()
        yield from self._special_rows()
        yield from self._sizes()
        yield from self._batches()
        yield from self._labels()
        yield from self._squares()
        yield from self._vocabularies()
        yield from self._far()
        yield from self._masked_rows()
        yield from self._scaled_rows()
        yield from self._middle_axes()
        yield from self._in_turn()
        yield from self._at_length()
        yield from self._options_at_length()
        yield from self._crowded()
        yield from self._hollow()
        yield from self._still()
        yield from self._images()
        yield from self._borders()
        yield from self._counted()
        yield from self._named()

    def _small_rows(self) -> Iterator[Example]:
        """Few classes with every option combination and family; what shrinks well comes first."""
        loss = self.function.labelled
        for repeat in range((2 if loss else 12) // (1 + self.beside)):
            for k in range(len(self.combinations) if loss else 1):
                self.turn += 1
                rows, n = ((7, 4), (12, 3))[(repeat + k) % 2]
                yield self._small(rows, n, repeat, k)

    def _small(self, rows: int, n: int, repeat: int, k: int) -> Example:
        """One of the small examples: the first of each combination of options is told apart."""
        family = EACH_OPTION if not repeat and self.function.labelled else "small"
        return self._rows(rows, n, self._view(rows, n, None, k), family, k)

    def _ignored_rows(self) -> Iterator[Example]:
        """Nothing but ignored rows, under every reduction that ignores."""
        if "ignore_index" not in self.options:
            return
        rows, n = self._ignored_shape
        for k in (k for k, c in enumerate(self.combinations) if c[2] and c[4] == "index"):
            e = self._rows(rows, n, self._view(rows, n, 0, k), "all ignored", k)
            nothing = np.full_like(e.args["labels"], e.options["ignore_index"])
            yield replace(e, args={**e.args, "labels": nothing})

    @property
    def _ignored_shape(self) -> tuple[int, int]:
        return len(families.NAMES), 5

    def _cubes(self) -> Iterator[Example]:
        """Axes of equal length: confusing them keeps shapes but not values; and single rows."""
        if "axis" not in self.options:
            return
        each = [k for k, c in enumerate(self.combinations) if c[0] == "none"]
        if not self.function.reduces:
            each = [0, 0]
        views = cycle(palette.FOUR_AXES)
        for place, k in self._each(each * (2 - self.beside)):
            self.turn += 1
            yield self._rows(9, 3, View((3, 3), (0, 1)[place % 2]), "cube", k)
            yield self._rows(8, 2, next(views), "cube", k)
            if self.function.reduces or place % 2 == 0:
                yield self._rows(1, 5, View(()), "one row", k)
            else:
                yield self._rows(8, 2, next(views), "cube", k)

    def _squares(self) -> Iterator[Example]:
        """As many rows as classes, so that the two axes or their arrays may be confused."""
        for axis in (-1, 0) if "axis" in self.options else (-1,):
            with self._apart("square", NORMAL):
                e = self._rows(5, 5, View((5,), axis), "square", 0)
            yield e
        if not self.function.labelled:
            return
        arrays = [k for k, c in enumerate(self.combinations) if c[1] not in ("", "nearly one")]
        floats = [k for k, c in enumerate(self.combinations) if c[1] == "" and c[4] != "index"]
        for place, k in self._each(arrays + floats[:3]):
            self.turn += 1
            yield self._rows(5, 5, View((5,), (-1, 0)[place % 2]), "square", k)

    def _special_rows(self) -> Iterator[Example]:
        """All pairs of special values, and empty shapes."""
        if not self.function.probabilities:
            values, x = self._pairs()
            self.turn += 1
            yield self._rows(len(x), 2, View((len(x),)), "special pairs", 0, x=x)
            single = values[:, None].astype(self.fmt.dtype)
            yield self._rows(len(values), 1, View((len(values),)), "special", 0, x=single)
            third = np.concatenate([x, x[::-1, :1]], axis=1)
            yield self._rows(len(third), 3, View((len(third),)), "special triples", 3, x=third)
        yield from self._empties()

    def _pairs(self) -> tuple[Array, Array]:
        """Special values, and all pairs of them as rows of two classes."""
        ends = [self.fmt.largest, -self.fmt.largest, self.fmt.omega, self.fmt.eta]
        values = np.array([*_SPECIALS, *ends])
        first, second = np.meshgrid(values, values)
        return values, np.stack([first.ravel(), second.ravel()], axis=1).astype(self.fmt.dtype)

    def _empties(self) -> Iterator[Example]:
        """No rows, under every reduction; and rows of no classes."""
        for rows, n in ((0, 3), (3, 0)):
            for k in range(min(3, len(self.combinations))):
                if n or not self.function.labelled:
                    yield self._rows(rows, n, View((rows,)), "empty", k)

    def _sizes(self) -> Iterator[Example]:
        """Both sides of every power of two and block size, along the last axis and the first."""
        heavy = self.fmt.bits == 64
        for n in self._shared(palette.class_sizes(self.effort)):
            turn = self.turn + (self._share[0] if self.beside else 0)
            axes = palette.axes_for(n, self.effort, turn, self.beside)
            for axis in axes if "axis" in self.options else (-1,):
                self.turn += 1
                rows = palette.rows_for(n, self.effort, heavy)
                layout = self.layouts[self.turn % len(self.layouts)] if self.turn % 3 == 0 else "C"
                view = palette.laid_out((rows,), axis, layout, self.turn)
                e = self._rows(rows, n, view, f"{n} classes", self._spread(n))
                if n > 65_536:  # a sum beyond 65,504, and one that stands still
                    e.args["cotangent"][...] = -3
                yield e

    def _batches(self) -> Iterator[Example]:
        """Batch sizes with rows of a few classes."""
        for index, rows in enumerate(self._shared(palette.batch_sizes(self.effort))):
            self.turn += 1
            n = (3, 5, 10, 2)[index % 4]
            even = rows == palette.EVEN_BATCH
            view = View((rows,)) if even else self._view(rows, n)
            yield self._rows(rows, n, view, f"batch of {rows}")
            if rows > palette.MANY and "axis" in self.options:
                yield self._rows(rows, n, View((rows,), 0), f"batch of {rows}")
            if self.function.reduces and rows > 64:
                k = self._summed(index, ignoring=rows > 2000)
                view = View((rows,)) if even else self._view(rows, n, None, k)
                e = self._rows(rows, n, view, f"batch of {rows}", k)
                yield self._uneven(e)
        if self.effort != "quick":
            reducing = 2 if self.fmt.bits == 64 else self._summed(0, ignoring=True)
            rows = 300_007 if self.fmt.bits == 32 else 65_537  # beyond 512 x 512 pixels
            for k in (0, reducing)[: 1 + self.function.reduces]:
                yield self._uneven(self._rows(rows, 2, View((rows,)), f"batch of {rows}", k))

    def _labels(self) -> Iterator[Example]:
        """Labels beyond 7 bits; an infinite loss among others under each reduction."""
        if not self.function.labelled:
            return
        self.turn += -self.turn % 5  # labels are the last class by turns
        yield self._rows(9, 200, self._view(9, 200), "200 classes", 0)
        for k, combination in enumerate(self.combinations[:3]):
            if combination[1:] == ("", "", 0.0, "index"):
                e = self._rows(5, 4, View((5,)), "an infinite loss", k, x=self._filled(5, 4, True))
                e.labels[2] %= 4  # unless it is ignored by every call
                e.x[2, e.labels[2]] = 0 if self.function.probabilities else -np.inf
                yield e
