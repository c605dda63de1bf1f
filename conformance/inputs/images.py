"""Examples of three to five axes: images, volumes, sequences, scores of attention."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from math import prod

from conformance.inputs import labels, palette
from conformance.inputs.long_rows import NORMAL, LongRows
from conformance.kernels.layouts import WINDOW
from conformance.model import IMAGES, Example, View

#: Classes, and the other axes: no two of a shape have the same length, and none has the length 1,
#: so that one in place of another finds other numbers. What is right for square images, for as many
#: heads as sequences or for the first two of a batch shows here. Most have more than 32 pixels.
AXES = (
    (2, View((3, 7, 5), 1)), (3, View((4, 5, 8), -3, "rows-strided")),  # N × C × H × W
    (4, View((2, 5, 3), 2)), (4, View((3, 5, 2), -2)),
    (7, View((3, 5, 4), 3)), (6, View((4, 3, 5), -1, WINDOW)),  # B × H × Q × K
    (3, View((4, 7), 1)), (2, View((5, 41), -2)),  # N × C × L
    (5, View((3, 7))), (4, View((6, 3), 2, WINDOW)),  # B × T × V
    (2, View((3, 4, 6, 5), 1)), (3, View((4, 2, 6, 5), 2)), (6, View((3, 5, 2, 4), -1)),  # volumes
)  # fmt: skip
#: Axes that are confused without an error: all of five, as many queries as keys.
_EQUAL = (
    (2, View((2, 2, 2, 2), 1)), (2, View((2, 2, 2, 2), 2)), (3, View((2, 4, 3), -2)),
)  # fmt: skip
#: What every option is met with.
_FEW = (
    (3, View((4, 5, 2), 1)), (3, View((4, 2, 5), -3)), (5, View((3, 4), 1)), (5, View((4, 3), -1)),
)  # fmt: skip


class Images(LongRows):
    """The examples with classes along any of several axes of different lengths."""

    def _middle_axes(self) -> Iterator[Example]:
        """Classes along the second of three axes, once of five: beyond blocks, with a tail."""
        if "axis" not in self.options or self.compiling:
            return
        for turn, (n, batch) in enumerate(palette.middle_sizes(self.effort, self.beside)):
            with self._apart(f"middle {n}", turn):
                e = self._in_the_middle(n, View(batch, 1))
            yield e

    def _in_the_middle(self, n: int, view: View) -> Example:
        """Rows of each family, of many a few that recur."""
        rows = prod(view.batch)
        plain = not self.function.probabilities and rows < palette.MANY
        x = self._filled(rows, n, True) if plain else None
        return self._rows(rows, n, view, f"{n} classes in the middle", 0, x=x)

    def _images(self) -> Iterator[Example]:
        """Each of several axes as that of the classes; every option of a loss, as of images."""
        if self.compiling or "axis" not in self.options:
            return
        plain = () if self.beside else (*AXES, *_EQUAL)
        options = range(1, len(self.combinations) * self.function.reduces, 1 + self.beside)
        each = [(0, *axes) for axes in plain]
        each += [(k, *axes) for k, axes in zip(options, cycle(_FEW), strict=False)]
        for place, (k, n, view) in enumerate(each):
            with self._apart(f"{IMAGES} {place}", NORMAL + place * labels.COTANGENTS):
                e = self._image(n, view, k)
            yield e

    def _image(self, n: int, view: View, k: int) -> Example:
        """Tame rows, no two of them alike; of their labels some are ignored, if any are."""
        rows = prod(view.batch)
        e = self._rows(rows, n, view, IMAGES, k, x=self._filled(rows, n, True))
        if "labels" in e.args and e.labels.ndim == 1:
            e.labels[...] = labels.indices(self.rng, rows, n, labels.ANY)
            e.labels[::3] = e.options.get("ignore_index", e.labels[::3])
        return e
