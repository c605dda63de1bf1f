"""Examples of rows: every designed shape with every family, label kind and option."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.floats import FORMATS, Array
from conformance.inputs import families, labels, masks, palette, vocabularies
from conformance.inputs.draws import Draw
from conformance.inputs.generation import Generation
from conformance.inputs.options import (
    COMBINATIONS,
    Combination,
    ignored_index,
    usable,
    weights,
)
from conformance.model import EACH_OPTION, Example, View

_LONGEST_INDEXED = 16_385
#: Of so many rows and fewer each is another.
_DISTINCT = 300
_SPECIALS = (0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan)


class Rows(Generation):
    """The examples of a function of rows of classes."""

    def __init__(self, *subject: Any) -> None:
        super().__init__(*subject)
        self.combinations = [c for c in COMBINATIONS if self._usable(c)] or [COMBINATIONS[1]]

    def _usable(self, combination: Combination) -> bool:
        fits = combination[4] == "index" or not self.function.indexed
        return fits and usable(combination, self.options, self.built_in)

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
        yield from self._middle_axes()

    def _drawn(self, draw: Draw) -> Example:
        x = self._placed(draw).reshape(draw.rows, draw.size) if draw.places else None
        view = self._view(draw.rows, draw.size, draw.view, draw.options)
        return self._rows(draw.rows, draw.size, view, "drawn", draw.options, x=x)

    def _small_rows(self) -> Iterator[Example]:
        """Few classes, every option combination and family: what shrinks well comes first."""
        loss = self.function.labelled
        for repeat in range((2 if loss else 12) // (1 + self.beside)):
            for k in range(len(self.combinations) if loss else 1):
                self.turn += 1
                rows, n = ((7, 4), (12, 3))[(repeat + k) % 2]
                yield self._small(rows, n, repeat, k)

    def _small(self, rows: int, n: int, repeat: int, k: int) -> Example:
        """One of the small examples: the first of each combination of options is told apart."""
        first = not repeat and self.function.labelled
        family = EACH_OPTION if first else "small"
        return self._rows(rows, n, self._view(rows, n, None, k), family, k)

    def _masked_rows(self) -> Iterator[Example]:
        """Rows with masks; the same ones whatever the seed, beside the other examples' draws."""
        if "where" not in self.options:
            return
        kept = self.turn, self.rng
        for turn, (rows, n, k) in enumerate(self._masked_shapes()):
            key = zlib.crc32(f"{self.function.name} {self.fmt.name} masked {turn}".encode())
            self.turn, self.rng = turn, np.random.Generator(np.random.PCG64(key))
            x = families.logits(self.rng, rows, n, self.fmt, 7 * turn, families.TAME)
            e = self._rows(rows, n, self._masked_view(rows, n), "masked", k, x=x)
            yield masks.masked(e, self.rng, turn)
        self.turn, self.rng = kept

    def _middle_axes(self) -> Iterator[Example]:
        """Classes along the middle of three axes: beyond the blocks of kernels, with a tail."""
        if "axis" not in self.options or self.compiling:
            return
        kept = self.turn, self.rng
        for turn, n in enumerate(palette.middle_sizes(self.effort)):
            key = zlib.crc32(f"{self.function.name} {self.fmt.name} middle {n}".encode())
            self.turn, self.rng = turn, np.random.Generator(np.random.PCG64(key))
            x = None if self.function.probabilities else self._filled(6, n, True)
            yield self._rows(6, n, View((2, 3), 1), f"{n} classes in the middle", 0, x=x)
        self.turn, self.rng = kept

    def _masked_shapes(self) -> list[tuple[int, int, int]]:
        """Rows, classes and the number of a combination: each that smooths no labels, once."""
        plain = [k for k, c in enumerate(self.combinations) if not c[3]] or [0]
        if not self.function.labelled:
            plain = [0] * len(masks.SHAPES)
        return [(*masks.SHAPES[turn % len(masks.SHAPES)], k) for turn, k in enumerate(plain)]

    def _masked_view(self, rows: int, n: int) -> View:
        """Any view, and a plain one of a square, whose axes a mask may be taken to have."""
        return View((rows,)) if rows == n else palette.view(rows, self.turn, self.layouts)

    def _ignored_rows(self) -> Iterator[Example]:
        """Nothing but ignored rows, under every reduction that ignores."""
        if "ignore_index" not in self.options:
            return
        rows, n = self._ignored_shape
        for k, (*_, ignored, _, kind) in enumerate(self.combinations):
            if ignored and kind == "index":
                e = self._rows(rows, n, self._view(rows, n, 0, k), "all ignored", k)
                nothing = np.full_like(e.args["labels"], e.options["ignore_index"])
                yield replace(e, args={**e.args, "labels": nothing})

    @property
    def _ignored_shape(self) -> tuple[int, int]:
        return len(families.NAMES), 5

    def _cubes(self) -> Iterator[Example]:
        """Equal axes: one taken for another keeps the shape, not the values; and one row alone."""
        if "axis" not in self.options:
            return
        each = [k for k, c in enumerate(self.combinations) if c[0] == "none"]
        if not self.function.reduces:
            each = [0, 0]
        for place, k in enumerate(each * (2 - self.beside)):
            self.turn += 1
            yield self._rows(9, 3, View((3, 3), (0, 1)[place % 2]), "cube", k)
            yield self._rows(8, 2, View((2, 2, 2), (1, 2)[place % 2]), "cube", k)
            yield self._rows(1, 5, View(()), "one row", k)

    def _squares(self) -> Iterator[Example]:
        """As many rows as classes: an array for the classes may be taken for one for the rows."""
        if not self.function.labelled:
            return
        arrays = [k for k, c in enumerate(self.combinations) if c[1] not in ("", "ones")]
        floats = [k for k, c in enumerate(self.combinations) if c[1] == "" and c[4] != "index"]
        for place, k in enumerate(arrays + floats[:3]):
            self.turn += 1
            yield self._rows(5, 5, View((5,), (-1, 0)[place % 2]), "square", k)

    def _special_rows(self) -> Iterator[Example]:
        """All pairs of special values, and the empty shapes."""
        if self.function.probabilities:
            yield from self._empties()
            return
        values, x = self._pairs()
        self.turn += 1
        yield self._rows(len(x), 2, View((len(x),)), "special pairs", 0, x=x)
        yield self._rows(len(values), 1, View((len(values),)), "special", 0,
                         x=values[:, None].astype(self.fmt.dtype))  # fmt: skip
        third = np.concatenate([x, x[::-1, :1]], axis=1)
        yield self._rows(len(third), 3, View((len(third),)), "special triples", 3, x=third)
        yield from self._empties()

    def _pairs(self) -> tuple[Array, Array]:
        """Special values, and all pairs of them as rows of two classes."""
        ends = [self.fmt.largest, -self.fmt.largest, self.fmt.omega, self.fmt.eta, -self.fmt.eta]
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
        for n in palette.class_sizes(self.effort):
            axes = palette.axes_for(n, self.effort, self.turn + self._parity, self.beside)
            for axis in axes if "axis" in self.options else (-1,):
                self.turn += 1
                rows = palette.rows_for(n, self.effort, heavy)
                layout = self.layouts[self.turn % len(self.layouts)] if self.turn % 3 == 0 else "C"
                view = palette.laid_out((rows,), axis, layout, self.turn)
                e = self._rows(rows, n, view, f"{n} classes", self._spread(n))
                if n > 65_536:  # a sum beyond 65,504, and one that stands still
                    e.args["cotangent"][...] = -3
                yield e

    @property
    def _parity(self) -> int:
        """Which of two formats has an odd size along the first axis: the other one has it last."""
        return list(FORMATS).index(self.fmt.name) // 2 if self.beside else 0

    def _batches(self) -> Iterator[Example]:
        """Batch sizes with rows of a few classes."""
        for index, rows in enumerate(palette.batch_sizes(self.effort)):
            self.turn += 1
            n = (3, 5, 10, 2)[index % 4]
            yield self._rows(rows, n, self._view(rows, n), f"batch of {rows}")
            if rows > palette.MANY and "axis" in self.options:
                yield self._rows(rows, n, View((rows,), 0), f"batch of {rows}")
            if self.function.reduces and rows > 64:
                k = self._summed(index)
                yield self._rows(rows, n, self._view(rows, n, None, k), f"batch of {rows}", k)
        if self.effort != "quick":
            reducing = 1 + list(FORMATS).index(self.fmt.name) % 2  # mean and sum by turns
            for k in (0, reducing) if self.function.reduces else (0,):
                yield self._rows(65537, 2, View((65537,)), "batch of 65537", k)

    def _labels(self) -> Iterator[Example]:
        """Labels beyond 7 bits; an infinite loss among others under each reduction."""
        if not self.function.labelled:
            return
        self.turn += -self.turn % 5  # labels are the last class by turns
        yield self._rows(9, 200, self._view(9, 200), "200 classes", 0)
        for k, combination in enumerate(self.combinations[:3]):
            if combination[1:] == ("", "", 0.0, "index"):
                e = self._rows(5, 4, View((5,)), "an infinite loss", k, x=self._filled(5, 4, True))
                e.x[2, e.labels[2]] = 0 if self.function.probabilities else -np.inf
                yield e

    def _spread(self, n: int) -> int | None:
        """Floating labels for the longest rows: eye(n)[labels], a usual way, takes n² numbers."""
        if not self.function.labelled or n <= _LONGEST_INDEXED:
            return None
        found = [k for k, c in enumerate(self.combinations) if c[4] != "index"]
        return found[self.turn % len(found)] if found else None

    def _summed(self, index: int) -> int:
        """The number of a combination that reduces, by turns; of any if none does."""
        found = [k for k, c in enumerate(self.combinations) if c[0] != "none"]
        return found[index % len(found)] if found else 0

    def _view(self, rows: int, n: int, turn: int | None = None, which: int | None = None) -> View:
        """The view of a shape by turns; `which` is the combination of options it is called with."""
        return palette.view(rows, self.turn if turn is None else turn, self.layouts)

    def _rows(
        self, rows: int, n: int, view: View, family: str, which: int | None = None, *,
        x: Array | None = None,
    ) -> Example:  # fmt: skip
        if "axis" not in self.options:  # one law speaks of arrays that are no matrices
            view = View((rows,), -1, view.layout, start=view.start)
        if x is None and rows > _DISTINCT and not self._reduced(which):
            few = self._rows(_DISTINCT, n, View((_DISTINCT,)), family, which)
            return few.repeated(self._repeated(few.x, rows), view)
        if x is None:
            tame = self._cycle % 5 != 0 or rows > palette.MANY
            x = self._filled(rows, n, self._reduced(which) and tame)
        args: dict[str, Array] = {self.function.first: self._given(x)}
        chosen: dict[str, Any] = {}
        if self.function.labelled:
            args["labels"], chosen = self._labelled(rows, n, which)
        return self._complete(args, chosen, view, family, self.turn)

    def _filled(self, rows: int, n: int, tame: bool) -> Array:
        """Rows of all families, of a large batch with repetitions; `tame` ones for reductions."""
        count = rows if rows <= _DISTINCT else _DISTINCT // 2
        start = self.turn * (7 if rows <= _DISTINCT else 1)
        if self.function.probabilities:
            x = families.probabilities(self.rng, count, n, self.fmt, start, zeros=not tame)
        else:
            names = families.TAME if tame else families.NAMES
            x = families.logits(self.rng, count, n, self.fmt, start, names)
            if n > 300 and not tame:
                self._long_rows(x)
        return x if rows == count else x[self._repeated(x, rows)]

    def _repeated(self, x: Array, rows: int) -> Array:
        """Which row stands where in a large batch: each of them somewhere, finite ones mostly.

        The wide arithmetic of float64 is that of x87, twenty times slower at NaN and ±inf.
        """
        finite = np.flatnonzero(np.isfinite(x.astype(np.float64)).all(axis=-1))
        every = self.rng.integers(0, len(x), rows)
        often = self.rng.choice(finite, rows) if len(finite) else every
        return np.asarray(np.where(self.rng.random(rows) < 0.05, every, often))

    def _long_rows(self, x: Array) -> None:
        """A summit at the end of the first; a flat second, over which long sums stand still."""
        n = x.shape[1]
        x[0] = families.late_summit(self.rng, n, self.fmt)
        if n > 2000 and len(x) > 1:
            x[1] = self.rng.normal(0, 1, n)

    @property
    def _cycle(self) -> int:
        """A turn that does not keep step with the combinations."""
        return self.turn + self.turn // len(self.combinations)

    def _combination(self, which: int | None) -> Combination:
        turn = self.turn if which is None else which
        return self.combinations[turn % len(self.combinations)]

    def _reduced(self, which: int | None) -> bool:
        """True for a loss that is summed or averaged over its rows."""
        return self.function.reduces and self._combination(which)[0] != "none"

    def _labelled(self, rows: int, n: int, which: int | None) -> tuple[Array, dict[str, Any]]:
        reduction, weight, ignored, smoothing, kind = self._combination(which)
        chosen: dict[str, Any] = {"reduction": reduction} if "reduction" in self.options else {}
        if kind == "index":
            found = labels.indices(self.rng, rows, max(n, 1), self.turn)
        else:
            found = labels.soft(self.rng, rows, n, self.fmt, kind)
        if weight:
            chosen["weight"] = weights(self.rng, n, self.fmt, weight)
        if ignored and kind == "index":
            index = ignored_index(ignored, n)
            chosen["ignore_index"] = index
            found = labels.ignoring(self.rng, found, index, self._cycle)
        built_in = self.built_in.get("ignore_index")
        if built_in is not None and kind == "index" and self.turn % 2:
            found = labels.ignoring(self.rng, found, built_in, self._cycle)
        if smoothing:
            chosen["label_smoothing"] = smoothing
        return found, chosen

    def _vocabularies(self) -> Iterator[Example]:
        """Two rows each of the sizes of vocabularies, which few laws are shown."""
        sizes = vocabularies.sizes(self.function.name, self.fmt, self.programs, self.compiling)
        for n in sizes:
            self.turn += 1
            x = vocabularies.rows(self.rng, n, self.fmt, self.function.probabilities)
            axis = self._long_axis()
            kind = "index" if n == sizes[-1] else ("one-hot", "soft")[self.turn % 2]
            e = self._rows(len(x), n, View((len(x),), axis), f"{n} classes", self._of(kind), x=x)
            if e.args["cotangent"].ndim == 1:  # ones hide which row is which
                e.args["cotangent"][...] = (2, -3)
            if "labels" in e.args and e.labels.ndim == 1:
                e.args["labels"][...] = n - 1
            yield e

    def _long_axis(self) -> int:
        return (-1, 0)[self.turn % 2]

    def _of(self, labels: str) -> int:
        """A combination with labels of a kind, none ignored or weighed by 0: by turns.

        Indices are not smoothed: a share of so many classes may lie below the format.
        """
        each = enumerate(self.combinations)
        fits = (k for k, c in each if c[4] == labels and not c[2] and c[1] != "zeros")
        found = [k for k in fits if labels != "index" or not self.combinations[k][3]]
        return found[self.turn % len(found)] if found else 0

    def _far(self) -> Iterator[Example]:
        """More rows than one dimension of a CUDA grid counts; what is beyond 2³¹ elements."""
        if self.effort != "thorough":
            return
        if self.fmt.bits < 64:
            self.turn += 1
            yield self._rows(65537, 33, View((65537,)), "batch of 65537", 0)
        if not self.function.labelled and self.fmt.is_half:
            yield self._rows(2, 4096, View((2,)), "far")
