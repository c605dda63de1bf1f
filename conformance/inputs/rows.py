"""Examples of rows: every designed shape with every family, label kind and option."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle, product

import numpy as np

from conformance.floats import Array
from conformance.inputs import families, labels, masks, palette, scales, vocabularies
from conformance.inputs.row_maker import RowMaker
from conformance.model import (
    AT_LENGTH,
    BORDERS,
    EACH_OPTION,
    HOLLOW,
    IMAGES,
    IN_TURN,
    Example,
    View,
)
from conformance.numerics.logits import OPTIONS

#: The turn at which a cotangent is drawn: ones and zeros hide gradients.
_NORMAL = 1
_SPECIALS = (0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, -np.nan)


class Rows(RowMaker):
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
        yield from self._hollow()
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

    def _masked_rows(self) -> Iterator[Example]:
        """Rows with masks, the same for every seed, apart from the draws of other examples."""
        if "where" not in self.options:
            return
        first: Example | None = None
        for turn, (rows, n, k) in self._each(self._masked_shapes()):
            with self._apart("masked", turn):
                x = families.logits(self.rng, rows, n, self.fmt, 7 * turn, families.TAME)
                turned = first if turn == masks.TURNED else None
                view = masks.VIEWS.get((rows, n)) or self._masked_view(rows, n)
                e = self._rows(rows, n, turned.view if turned else view, "masked", k, x=x)
                mask = turned.options["where"][:, ::-1] if turned else None
                made = masks.masked(e, self.rng, turn, mask)
            first = first or made
            yield made

    def _scaled_rows(self) -> Iterator[Example]:
        """Rows with each option that changes logits, half of them with others; of any seed."""
        for option in scales.VALUES:
            shapes = self._scaled_shapes(option) if option in self.options else []
            for turn, (rows, n, k) in self._each(shapes, option in OPTIONS):
                with self._apart(option, turn):
                    e = self._scaled(rows, n, option, k)
                    e = scales.scaled(e, option, turn)
                    for other in self._beside(option, k, turn):
                        e = self._with(e, other, turn)
                yield e

    def _beside(self, option: str, k: int, turn: int) -> list[str]:
        """The options that one is met with in its turn: none, one or two."""
        others = self._others(option, k)
        first = turn // 2 % max(len(others), 1)
        found = [*others[first:], *others[:first]][: turn % 2 + (turn % 4 == 3)]
        return found[: 1 if {*found} == {*OPTIONS} else None]

    def _scaled(self, rows: int, n: int, option: str, k: int) -> Example:
        """Rows of all families, tame ones for a reduction; with a cap, numbers and one NaN."""
        tame = option == "softcap" or self._reduced(k)
        names = ("normal",) if rows == 1 else families.TAME if tame else families.NAMES
        x = families.logits(self.rng, rows, n, self.fmt, 7 * self.turn, names)
        if option == "softcap" and self.turn % 3 == 2 and not self._reduced(k):
            x[1:2, -1] = np.nan
        first = rows == n or (option == "z_loss" and self._reduced(k))  # where λL² needs the axis
        view = scales.VIEWS.get((rows, n)) or self._masked_view(rows, n)
        return self._rows(rows, n, View((rows,), 0) if first else view, option, k, x=x)

    def _others(self, option: str, k: int) -> list[str]:
        """What else changes the loss of the same logits, beside a combination of options.

        Which of a cap and a temperature comes first is a convention, which has laws of its own.
        """
        found = [name for name in scales.VALUES if scales.met(name, self.combinations[k])]
        found = [name for name in found if name != option and {name, option} != set(OPTIONS)]
        if not self.combinations[k][3]:  # the smoothing of a masked class is a convention
            found.insert(0, "where")
        return [name for name in found if name in self.options]

    def _with(self, e: Example, option: str, turn: int) -> Example:
        if option == "where":
            return masks.masked(e, self.rng, turn)
        return scales.scaled(e, option, turn)

    def _at_length(self) -> Iterator[Example]:
        """Options that change the logits together, and a z_loss of 1, in many rows or long ones."""
        if self.compiling or self.beside or self.effort == "quick":
            return
        each = [name for name in OPTIONS if name in self.options] or self._others("", 0)[:1]
        for option, (rows, n) in product(each, palette.WITH_OPTIONS):
            with self._apart(f"{AT_LENGTH} {n}", _NORMAL):
                x = self.rng.normal(0, 2, (rows, n)).astype(self.fmt.dtype)
                e = self._rows(rows, n, View((rows,)), AT_LENGTH, 0, x=x)
                for name in dict.fromkeys((option, *self._others(option, 0))):
                    e = self._with(e, name, 2 if name == "z_loss" else _NORMAL)
            yield e

    def _middle_axes(self) -> Iterator[Example]:
        """Classes along the second of three axes, once of five: beyond blocks, with a tail."""
        if "axis" not in self.options or self.compiling:
            return
        for turn, (n, inner) in enumerate(palette.middle_sizes(self.effort, self.beside)):
            with self._apart(f"middle {n}", turn):
                plain = not self.function.probabilities and 2 * inner < palette.MANY
                x = self._filled(2 * inner, n, True) if plain else None  # of many a few recur
                view = View((2, *palette.VOLUMES.get(inner, (inner,))), 1)
                e = self._rows(2 * inner, n, view, f"{n} classes in the middle", 0, x=x)
            yield e

    def _in_turn(self) -> Iterator[Example]:
        """Every remainder of a vector and of 32 lanes, of classes and of rows, beyond a block."""
        if self.compiling:
            return
        sizes: Sequence[int] = palette.sizes_in_turn(self.fmt, self.beside)
        if self.fmt.is_half:  # of 32 lanes, which both half formats have, each tries half
            sizes = self._shared(sizes)
        for n in sizes:
            with self._apart(IN_TURN, _NORMAL + (n - sizes[0]) * labels.COTANGENTS):
                e = self._rows(3, n, View((3,)), IN_TURN, 0, x=self._with_a_late_summit(n))
                if "labels" in e.args and e.labels.ndim == 1:
                    e.labels[1] = n - 1 - self.rng.integers(32)
            yield e
        for place, rows in enumerate(palette.ROWS_IN_TURN):
            for axis in self._axes_by_turns(place):
                with self._apart(f"{rows} rows", _NORMAL):
                    e = self._rows(rows, 5, View((rows,), axis), IN_TURN, 0)
                yield e

    def _hollow(self) -> Iterator[Example]:
        """Parts of rows are −inf: two thirds in front, one in the middle or behind, whole blocks.

        What is merged from blocks meets one without a number there: −inf − (−inf) is NaN.
        """
        if self.compiling or self.function.probabilities:
            return
        for n in palette.hollow_sizes(self.effort):
            with self._apart(HOLLOW, _NORMAL):
                x = self.rng.normal(0, 2, (3, n)).astype(self.fmt.dtype)
                first, second = n // 3, 2 * n // 3
                x[0, :second] = x[1, first:second] = x[2, second:] = -np.inf
                x[0, -1] = x[1, 0] = np.log(n)  # where the row ends, or begins, with half of it all
                e = self._rows(3, n, View((3,)), HOLLOW, 0, x=x)
                if "labels" in e.args and e.labels.ndim == 1:
                    e.labels[...] = (n - 1, n - 1, 0)
            yield e

    def _images(self) -> Iterator[Example]:
        """Four axes with the classes along the second, as in losses of images; every option."""
        if self.compiling or not self.function.labelled or "axis" not in self.options:
            return
        turns = [k for k, c in enumerate(self.combinations) if c[0] != "none" or c[2]]
        for k in turns[:: 1 + self.beside]:
            with self._apart(f"{IMAGES} {k}", _NORMAL + k * labels.COTANGENTS):
                x = self._filled(40, 3, True)
                e = self._rows(40, 3, View((2, 4, 5), 1), IMAGES, k, x=x)
                if "ignore_index" in e.options and e.labels.ndim == 1:  # neither all nor none
                    e.labels[::3], e.labels[1::3] = e.options["ignore_index"], 1
            yield e

    def _borders(self) -> Iterator[Example]:
        """Labels on both sides of every border between the tiles of a row."""
        if self.compiling or self.beside or not self.function.labelled:
            return
        found = palette.border_labels()
        with self._apart(BORDERS, _NORMAL):
            x = self.rng.normal(0, 2, (len(found), palette.TILED))  # no class as likely as another
            if self.function.probabilities:
                x = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
            x = x.astype(self.fmt.dtype)
            e = self._rows(len(x), palette.TILED, View((len(x),)), BORDERS, 0, x=x)
        if e.labels.ndim == 1:
            e.labels[...] = found
            yield e

    def _masked_shapes(self) -> list[tuple[int, int, int]]:
        """(rows, classes, combination) for each combination that smooths no labels."""
        plain = [k for k, c in enumerate(self.combinations) if not c[3]] or [0]
        if not self.function.labelled:
            plain = [0] * len(masks.SHAPES)
        found = [(*masks.SHAPES[turn % len(masks.SHAPES)], k) for turn, k in enumerate(plain)]
        return [*found, (*masks.TWO, plain[0])]

    def _scaled_shapes(self, option: str) -> list[tuple[int, int, int]]:
        """(rows, classes, combination) for each combination worth a look."""
        count = 4 if self.effort == "quick" else len(scales.VALUES[option])
        shapes = (*scales.SHAPES[:count], scales.VECTOR)
        each = [k for k, c in enumerate(self.combinations) if scales.met(option, c)]
        fits = [k for k in each if self.combinations[k] in scales.COMBINED] or each[:1] or [0]
        if not any(map(self._reduced, fits)):
            fits += [k for k in each if self._reduced(k)][:1]
        turns = len(shapes) if self.beside else max(len(shapes), len(fits))
        return [(*shapes[t % len(shapes)], fits[t % len(fits)]) for t in range(turns)]

    def _masked_view(self, rows: int, n: int) -> View:
        """Any view; a plain one for a square, where axes may be confused, and for a vector."""
        plain = View((rows,) if rows > 1 else ())
        return plain if rows in (1, n) else palette.view(rows, self.turn, self.layouts)

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
            with self._apart("square", _NORMAL):
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

    def _vocabularies(self) -> Iterator[Example]:
        """Rows as long as vocabularies, which few laws see."""
        f, fmt, quick = self.function, self.fmt, self.effort == "quick"
        sizes = vocabularies.sizes(f.name, fmt, self.programs, self.compiling, self.beside)
        for n in sizes:
            self.turn += 1
            x = vocabularies.rows(self.rng, n, fmt, f.probabilities, quick)
            indexed = n == vocabularies.SIZES[-1] or quick or self.compiling
            k = self._of("index" if indexed else ("one-hot", "soft")[self.turn % 2])
            told = quick or self._reduced(k) or f.probabilities  # of the last class
            if n == vocabularies.SIZES[-1] and not told:
                x[-1, 5 * n // 8] = np.nan
            axis = self._long_axis()
            view = View((len(x),), axis, "C" if axis else "F")  # as the transpose of rows lies
            e = self._rows(len(x), n, view, f"{n} classes", k, x=x)
            if e.args["cotangent"].ndim == 1:  # ones hide which row is which
                e.args["cotangent"][...] = (2, -3, 1, -1)[: len(x)]
            if "labels" in e.args and e.labels.ndim == 1:
                vocabularies.mark(e, self.turn)
            yield e

    def _long_axis(self) -> int:
        return (-1, 0)[self.turn % 2]

    def _far(self) -> Iterator[Example]:
        """More rows than one dimension of a CUDA grid can have; more than 2³¹ elements."""
        if self.effort != "thorough":
            return
        if self.fmt.bits < 64:
            self.turn += 1
            yield self._rows(65537, 33, View((65537,)), "batch of 65537", 0)
        if not self.function.labelled and self.fmt.is_half:
            yield self._rows(2, 4096, View((2,)), "far")
