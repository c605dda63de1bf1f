"""Makes one example of rows: logits or probabilities, labels and options, in turn."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.inputs import families, labels, masks, named, palette, seams
from conformance.inputs.draws import Draw
from conformance.inputs.generation import Generation
from conformance.inputs.options import (
    COMBINATIONS,
    Combination,
    ignored_index,
    rounded,
    taken,
    usable,
    weights,
)
from conformance.model import Example, View

_LONGEST_INDEXED, _VERY_LONG = 16_385, 60_000
#: Of so many rows and fewer each is another.
_DISTINCT = 150
#: Logits below it differ by numbers of every format.
_FAR = 2e4
#: Losses of more that are summed recur, too.
_VERY_MANY = 60_000
#: Rows of fewer classes may have NaN among them; of more, peaks at the borders of tiles.
_SOON = 5000
#: Sizes whose rows look like a result.
_NORMALISED, _PROBABLE = 1033, 1034
#: One example in so many keeps the axis that is summed over.
_KEPT = 5


class RowMaker(Generation):
    """Makes the examples of a function of rows of classes, one at a time."""

    def __init__(self, *subject: Any) -> None:
        super().__init__(*subject)
        each = dict.fromkeys(taken(c, self.options) for c in COMBINATIONS)
        self.combinations = [c for c in each if self._usable(c)] or [COMBINATIONS[1]]

    def _usable(self, combination: Combination) -> bool:
        fits = combination[4] == "index" or not self.function.indexed
        return fits and usable(combination, self.options, self.built_in)

    def _drawn(self, draw: Draw) -> Example:
        x = self._placed(draw).reshape(draw.rows, draw.size) if draw.places else None
        view = self._view(draw.rows, draw.size, draw.view, draw.options)
        return self._rows(draw.rows, draw.size, view, "drawn", draw.options, x=x)

    def _view(self, rows: int, n: int, turn: int | None = None, which: int | None = None) -> View:
        """The view of a shape by turns; `which` is the combination of options it is called with."""
        return palette.view(rows, self.turn if turn is None else turn, self.layouts)

    def _rows(
        self, rows: int, n: int, view: View, family: str, which: int | None = None, *,
        x: Array | None = None,
    ) -> Example:  # fmt: skip
        view = self._taken(rows, view)
        if x is None and rows > (_VERY_MANY if self._reduced(which) else _DISTINCT):
            mild = self._filled(_DISTINCT, n, True) if self._reduced(which) else None
            few = self._rows(_DISTINCT, n, View((_DISTINCT,)), family, which, x=mild)
            return few.repeated(self._repeated(few.x, rows), view)
        if x is None:
            tame = self._cycle % 5 != 0 or rows >= palette.MANY
            x = self._filled(rows, n, self._reduced(which) and tame)
        args: dict[str, Array] = {self.function.first: self._given(x)}
        chosen: dict[str, Any] = {}
        if self.function.labelled:
            args["labels"], chosen = self._labelled(rows, n, which)
        often = _KEPT if n > 1 else 2  # of one class the result is as large as the argument
        if "keepdims" in self.options and not self.compiling and self.turn % often == 1:
            chosen["keepdims"] = True
        return self._complete(args, chosen, view, family, self.turn)

    def _taken(self, rows: int, view: View) -> View:
        """The view, of a matrix where there is no axis to choose: a law speaks of other arrays."""
        return view if "axis" in self.options else View((rows,), -1, view.layout, start=view.start)

    def _named(self) -> Iterator[Example]:
        """The shapes that are named for a kernel, where rows recur in large batches."""
        if self.programs == "beside":
            return
        found = list(named.shapes(self.function, self.built_in))
        for turn in range(len(found) * (1 if self.compiling else 2)):
            view, n = found[turn % len(found)]
            k = self._summed(turn) if turn >= len(found) else 0
            with self._apart(f"{named.FAMILY} {turn}", 1 + turn * labels.COTANGENTS):
                yield self._of_shape(view, n, k)

    def _counted(self) -> Iterator[Example]:
        """What a mean divides by: the weight of a vector, and rows without mass, too."""
        if self.compiling or self.beside or not self.function.labelled:
            return
        each = [(k, c) for k, c in enumerate(self.combinations) if c[0] == "mean" and not c[2]]
        for k in [k for k, c in each if c[1] == "random"][:1] if "axis" in self.options else []:
            with self._apart("one row", 1):
                yield self._rows(1, 5, View(()), "one row", k)
        for k in [k for k, c in each if c[4] == "soft" and not c[3]][:1]:
            with self._apart("rows without mass", 1):
                e = self._rows(9, 5, View((9,)), "rows without mass", k)
                e.labels[::3] = 0
                yield e

    def _of_shape(self, view: View, n: int, k: int) -> Example:
        rows = prod(named.cut(view.batch, n, named.DISTINCT))
        e = self._rows(rows, n, View((rows,)), named.FAMILY, k)
        if rows == prod(view.batch):
            return e.but(view=view)
        if self._reduced(k):
            return e
        return e.repeated(self._repeated(e.x, prod(view.batch)), view)

    def _filled(self, rows: int, n: int, tame: bool) -> Array:
        """Rows of all families, of a large batch with repetitions; `tame` ones for reductions."""
        count = min(rows, _DISTINCT)
        start = self.turn * (7 if rows <= _DISTINCT else 1)
        if self.function.probabilities:
            x = families.probabilities(self.rng, count, n, self.fmt, start, zeros=not tame)
        else:
            names = families.TAME if tame else families.NAMES
            x = families.logits(self.rng, count, n, self.fmt, start, names)
            if n > 300 and not tame:
                self._long_rows(x)
        return x if rows == count else x.take(self._repeated(x, rows), axis=0)

    def _repeated(self, x: Array, rows: int) -> Array:
        """Which row stands where in a large batch: each of them somewhere, finite ones mostly.

        The last one is as far from 0 as any that kernels reach: a block that it has for itself may
        take the maximum of another. The wide arithmetic of float64 is that of x87, twenty times
        slower at NaN and ±inf.
        """
        finite = np.flatnonzero(np.isfinite(x.astype(np.float64)).all(axis=-1))
        every = self.rng.integers(0, len(x), rows)
        often = self.rng.choice(finite, rows) if len(finite) else every
        places = np.where(self.rng.random(rows) < 0.05, every, often)
        sizes = np.abs(x.astype(np.float64)).max(axis=-1, initial=0)
        places[-1:] = np.where(sizes < _FAR, sizes, 0).argmax()
        return places

    def _long_rows(self, x: Array) -> None:
        """A summit at the end of the first; a flat second, over which long sums stand still.

        By turns the second is far from 0, where they do so sooner if the maximum is in them; of the
        longest it is where e^x is a number of the format, and Σe^x is none, or all rows are. By
        turns all of the third lies far below 0, where a sentinel in place of −∞ is larger, or one
        of its numbers is NaN, at which the wide arithmetic of float64 is slow. Of long ones the
        borders of tiles have it all.
        """
        n = x.shape[1]
        x[0] = families.late_summit(self.rng, n, self.fmt)
        if n > 2000 and len(x) > 1:
            x[1] = self.rng.normal(0, 1, n) + (0, 1000)[self.turn // 2 % 2]
        if n > _LONGEST_INDEXED:
            own = slice(None) if n < _VERY_LONG else slice(1, 2)
            x[own] = np.log(self.fmt.largest / n) + self.rng.uniform(0.5, 1, (len(x[own]), n))
        if n > _SOON and len(x) > 2:
            x[2] = seams.row(self.rng, n)
        elif self.turn % 2 and len(x) > 2:
            low = masks.LOW[self.turn // 2 % len(masks.LOW)]
            x[2] = max(low, -self.fmt.largest / 2) + self.rng.normal(0, 1, n)
        elif self.turn % 4 == 2 and len(x) > 2 and self.fmt.bits < 64:
            x[2, self.rng.integers(n)] = np.nan

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
        return self._labels_of(rows, n, self._combination(which))

    def _labels_of(
        self, rows: int, n: int, combination: Combination
    ) -> tuple[Array, dict[str, Any]]:
        reduction, weight, ignored, smoothing, kind = combination
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
            chosen["label_smoothing"] = rounded(smoothing, self.fmt)
        return found, chosen

    def _labels_that_count(
        self, rows: int, n: int, combination: Combination
    ) -> tuple[Array, dict[str, Any]]:
        """The same with labels of any class, and every second row ignored if any is."""
        found, chosen = self._labels_of(rows, n, combination)
        if "ignore_index" in chosen:
            found = labels.indices(self.rng, rows, n, labels.ANY)
            found = labels.ignoring(self.rng, found, chosen["ignore_index"], labels.EVERY_SECOND)
        return found, chosen

    def _of(self, labels: str) -> int:
        """A combination with labels of a kind, none ignored or weighed by 0: by turns.

        Indices are not smoothed, a share of so many classes may lie below the format; nor are their
        losses reduced, if they need not be: of a mean, one row hides what another shows.
        """
        each = enumerate(self.combinations)
        fits = (k for k, c in each if c[4] == labels and not c[2] and c[1] != "zeros")
        found = [k for k in fits if labels != "index" or not self.combinations[k][3]]
        single = [k for k in found if not self._reduced(k)]
        found = single if labels == "index" and single else found
        return found[self.turn % len(found)] if found else 0

    def _summed(self, index: int, ignoring: bool = False) -> int:
        """The number of a combination that reduces, by turns; of any combination if none does.

        If it is to be `ignoring`, a mean in which rows are ignored, whose count is that of a part;
        or any mean.
        """
        found = [k for k, c in enumerate(self.combinations) if c[0] != "none"]
        means = [k for k in found if ignoring and self.combinations[k][0] == "mean"]
        found = [k for k in means if self.combinations[k][2]] or means or found
        return found[index % len(found)] if found else 0

    def _uneven(self, e: Example) -> Example:
        """With fewer and fewer rows that are kept, whose losses grow: no block is like another.

        Nor are their cotangents; of the second quarter none is kept. By turns with weights, if the
        function has them: a mean then divides by another sum.
        """
        few, places = e.repeats or (e, None)
        g = few.args["cotangent"]
        g[...] = self.rng.normal(size=g.shape) if g.ndim else g
        e = e if places is None else few.repeated(places, e.view)
        index, n = e.options.get("ignore_index"), e.classes
        many = e.reduction == "mean" and len(e.x) >= palette.MANY and e.labels.ndim == 1
        if many and "weight" in self.options and len(e.x) in palette.WEIGHTED:
            weight = np.linspace(0.25, 2, n).astype(self.fmt.dtype)
            late = np.arange(len(e.x)) > len(e.x) // 2
            labels = np.where(late, n - 1, 0).astype(e.labels.dtype) if index is None else e.labels
            e = e.but(options={**e.options, "weight": weight}, labels=labels)
        if index is None or not many:
            return e
        late = self.rng.random((2, len(e.x))) < np.arange(len(e.x)) / len(e.x)
        which = np.where(late[1], 2, late[0])  # of the three labels
        which[len(which) // 4 : len(which) // 2] = 2
        few, places = e.repeats or (e, np.arange(len(e.x)))
        rows = np.arange(len(few.x))
        each = few.x.argmax(axis=-1), few.x.argmin(axis=-1), np.full(len(rows), index)
        if e.repeats is None:
            return e.but(labels=np.choose(which, each).astype(e.labels.dtype))
        thrice = few.repeated(np.tile(rows, 3), View((3 * len(rows),)))
        thrice = thrice.but(labels=np.concatenate(each).astype(e.labels.dtype))
        return thrice.repeated(which * len(rows) + places, e.view)

    def _spread(self, n: int) -> int | None:
        """A combination of floating labels for the longest rows: eye(n)[labels] is too large."""
        if not self.function.labelled or n <= _LONGEST_INDEXED:
            return None
        found = [k for k, c in enumerate(self.combinations) if c[4] != "index"]
        return found[self.turn % len(found)] if found else None

    def _axes_by_turns(self, place: int) -> tuple[int, ...]:
        """The last axis and the first; one of them by turns beside a format that has both."""
        if "axis" not in self.options:
            return (-1,)
        return ((-1, 0)[(place + self._share[1]) % 2],) if self.beside else (-1, 0)

    def _with_a_late_summit(self, n: int) -> Array | None:
        """Rows that reveal a class left out of the sum, or of the maximum near the end.

        Of one size the first is one of log-probabilities, of another all are of probabilities: they
        are logits nevertheless.
        """
        if self.function.probabilities:
            return None
        x = self.rng.normal(0, 1, (3, n))
        p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        x[1, n - 1 - self.rng.integers(32)] = 1.5 * np.log(self.fmt.largest)
        x[2] = self.rng.integers(-3, 4)
        if n == _NORMALISED:
            x[0] = np.log(p[0])
        return (p if n == _PROBABLE else x).astype(self.fmt.dtype)
