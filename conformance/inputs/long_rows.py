"""Long rows and many rows: remainders of vectors, borders of tiles, vocabularies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

import numpy as np

from conformance.floats import Array
from conformance.inputs import families, labels, palette, vocabularies
from conformance.inputs.option_rows import OptionRows
from conformance.inputs.options import COMBINATIONS, taken
from conformance.model import AT_LENGTH, BORDERS, CROWDED, HOLLOW, IN_TURN, STILL, Example, View
from conformance.numerics.logits import OPTIONS

#: The turn at which a cotangent is drawn: ones and zeros hide gradients.
NORMAL = 1
#: What three classes of a row have together, while the others add up to the rest.
_SHARES = (0.5, 0.125, 0.25)
#: The combinations of options that a vocabulary meets, with what changes its logits, or adds to the
#: loss: first the usual loss of a language model.
_AT_LENGTH: tuple[tuple[int, str], ...] = (
    (9, ""), (30, "z_loss"), (8, "temperature"), (10, "z_loss"), (6, "softcap"), (25, ""),
    (14, "temperature"), (15, "softcap"), (28, "where"), (12, "z_loss"), (26, "temperature"),
    (11, "softcap"), (19, ""), (20, "softcap"), (18, "temperature"), (13, "z_loss"), (21, "where"),
    (1, "z_loss"),
)  # fmt: skip


class LongRows(OptionRows):
    """The examples whose rows, or whose batches, are longer than blocks of a kernel."""

    def _at_length(self) -> Iterator[Example]:
        """Options that change the logits together, and a z_loss of 1, in many rows or long ones."""
        if self._brief:
            return
        each = [name for name in OPTIONS if name in self.options] or self._others("", 0)[:1]
        for option, (rows, n) in product(each, palette.WITH_OPTIONS):
            with self._apart(f"{AT_LENGTH} {n}", NORMAL):
                x = self._of_normal_size(rows, n)
                e = self._rows(rows, n, View((rows,)), AT_LENGTH, 0, x=x)
                for name in dict.fromkeys((option, *self._others(option, 0))):
                    e = self._with(e, name, 2 if name == "z_loss" else NORMAL)
            yield e

    def _options_at_length(self) -> Iterator[Example]:
        """Options of a loss over a vocabulary, with one that changes logits or adds to the loss.

        Every second row is ignored, if any is.
        """
        if self._brief or not self.function.labelled:
            return
        for turn, (k, name) in enumerate(self._met_at_length()):
            rows, n = palette.VOCABULARY if turn else palette.LANGUAGE_MODEL
            with self._apart(f"{AT_LENGTH} {turn}", NORMAL + turn * labels.COTANGENTS):
                x = self._of_normal_size(rows, n)
                labelled = self._labels_that_count(rows, n, self.combinations[k])
                if not turn:
                    labelled[0][-1] = vocabularies.BORDER
                e = self._rows(rows, n, View((rows,)), AT_LENGTH, k, x=x)
                e = e.but(options={**e.options, **labelled[1]}, labels=labelled[0])
                yield self._with(e, name, turn) if name else e

    def _met_at_length(self) -> list[tuple[int, str]]:
        """The combinations of options that an implementation takes, with another one or none."""
        found: dict[int, str] = {}
        for k, name in _AT_LENGTH:
            combination = taken(COMBINATIONS[k], self.options)
            if combination in self.combinations:
                found.setdefault(self.combinations.index(combination), name)
        return [(k, name if name in self.options else "") for k, name in found.items()]

    def _of_normal_size(self, rows: int, n: int) -> Array:
        """Logits of ordinary size, or the probabilities that they stand for."""
        x = self.rng.normal(0, 2, (rows, n))  # no class as likely as another
        if self.function.probabilities:
            x = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        return x.astype(self.fmt.dtype)

    def _crowded(self) -> Iterator[Example]:
        """Many rows of many classes, or many pixels, which recur; a mean with ignored rows, too."""
        if self._brief:
            return
        along = [palette.PIXELS] if "axis" in self.options else []
        shapes = [(view, n, 0) for view, n in (*palette.CROWDED, *along)]
        if self.function.reduces:
            shapes.append((*palette.SEQUENCES, self._summed(0, ignoring=True)))
        for view, n, k in shapes:
            with self._apart(f"{CROWDED} {n}", NORMAL):
                rows = prod(view.batch)
                count = min(rows, palette.CROWD)
                x = self._filled(count, n, k > 0)
                e = self._rows(count, n, View((count,)), CROWDED, k, x=x)
                places = self.rng.permutation(np.arange(rows) % count)
            yield e.repeated(places, self._taken(rows, view))

    def _in_turn(self) -> Iterator[Example]:
        """Every remainder of a vector and of 32 lanes, of classes and of rows, beyond a block."""
        if self.compiling:
            return
        sizes: Sequence[int] = palette.sizes_in_turn(self.fmt, self.beside)
        if self.fmt.is_half:  # of 32 lanes, which both half formats have, each tries half
            sizes = self._shared(sizes)
        for n in sizes:
            with self._apart(IN_TURN, NORMAL + (n - sizes[0]) * labels.COTANGENTS):
                e = self._rows(3, n, View((3,)), IN_TURN, 0, x=self._with_a_late_summit(n))
                if "labels" in e.args and e.labels.ndim == 1:
                    e.labels[1] = n - 1 - self.rng.integers(32)
            yield e
        for place, rows in enumerate(palette.ROWS_IN_TURN):
            for axis in self._axes_by_turns(place):
                with self._apart(f"{rows} rows", NORMAL):
                    e = self._rows(rows, 5, View((rows,), axis), IN_TURN, 0)
                yield e

    def _hollow(self) -> Iterator[Example]:
        """Parts of rows are −inf: two thirds in front, one in the middle or behind, whole blocks.

        Of the last row it is every second block. What is merged from blocks meets one without a
        number there: −inf − (−inf) is NaN.
        """
        if self.compiling or self.function.probabilities:
            return
        for n, block in palette.hollow_sizes(self.effort):
            with self._apart(HOLLOW, NORMAL):
                x = self.rng.normal(0, 2, (4, n)).astype(self.fmt.dtype)
                first, second = n // 3, 2 * n // 3
                x[0, :second] = x[1, first:second] = x[2, second:] = -np.inf
                x[0, -1] = x[1, 0] = np.log(n)  # where the row ends, or begins, with half of it all
                x[3, np.arange(n) // block % 2 == 1] = -np.inf
                e = self._rows(4, n, View((4,)), HOLLOW, 0, x=x)
                if "labels" in e.args and e.labels.ndim == 1:
                    e.labels[...] = (n - 1, n - 1, 0, 0)
            yield e

    def _still(self) -> Iterator[Example]:
        """Long rows over which a sum in a half format stands still, even one of sums of eight."""
        yield from self._standing_still(2, round(8 / self.fmt.u) + 27)

    def _standing_still(self, rows: int, n: int) -> Iterator[Example]:
        """Rows whose gradients have sums over classes, with a cotangent of ones.

        Of another one the sum is of both signs, and so small that it does not stand still.
        """
        if not self.fmt.is_half or self.function.labelled:
            return
        with self._apart(STILL, NORMAL):
            x = np.stack([families.three_summits(n, _SHARES[row % 3]) for row in range(rows)])
            e = self._rows(rows, n, View((rows,)), STILL, 0, x=x.astype(self.fmt.dtype))
        e.args["cotangent"][...] = 1
        yield e

    def _borders(self) -> Iterator[Example]:
        """Labels on both sides of every border between the tiles of a row."""
        if self.compiling or self.beside or not self.function.labelled:
            return
        found = palette.border_labels()
        with self._apart(BORDERS, NORMAL):
            x = self._of_normal_size(len(found), palette.TILED)
            e = self._rows(len(x), palette.TILED, View((len(x),)), BORDERS, 0, x=x)
        if e.labels.ndim == 1:
            e.labels[...] = found
            yield e

    def _vocabularies(self) -> Iterator[Example]:
        """Rows as long as vocabularies, which few laws see."""
        f, fmt, quick = self.function, self.fmt, self.effort == "quick"
        sizes = vocabularies.sizes(f.name, fmt, self.programs, self.compiling, self.beside)
        for n in sizes:
            self.turn += 1
            x = vocabularies.rows(self.rng, n, fmt, f.probabilities, quick)
            k = self._of("index" if n == sizes[-1] else ("one-hot", "soft")[self.turn % 2])
            told = quick or self._reduced(k) or f.probabilities  # of the last class
            if n == vocabularies.SIZES[-1] and not told:
                x[1, 5 * n // 8] = np.nan
            axis, rows = self._long_axis(), max(len(x), 2)
            view = View((rows,), axis, "C" if axis else "F")  # as the transpose of rows lies
            own = view if len(x) == rows else View((len(x),))
            e = self._rows(len(x), n, own, f"{n} classes", k, x=x)
            if e.args["cotangent"].ndim == 1:  # ones hide which row is which
                e.args["cotangent"][...] = (2, -3, 1)[: len(x)]
            if "labels" in e.args and e.labels.ndim == 1:
                vocabularies.mark(e, self.turn)
            recur = np.arange(rows) % len(x)
            yield e if len(x) == rows else e.repeated(recur, self._taken(rows, view))

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
