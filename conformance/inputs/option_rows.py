"""Rows with masks, and with options that change the logits, several of them together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.inputs import families, masks, palette, scales
from conformance.inputs.options import Combination, taken
from conformance.inputs.row_maker import RowMaker
from conformance.model import Example, View
from conformance.numerics.logits import OPTIONS


class OptionRows(RowMaker):
    """The examples of options that change logits, or leave classes out."""

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
        """What else changes the loss of the same logits; without labels a mask does, by turns."""
        if not self.function.labelled:
            return ["where"][: turn % 2 if "where" in self.options else 0]
        each = scales.MEETINGS[option]
        return [name for name in each[turn % len(each)].beside if name in self.options]

    def _scaled(self, rows: int, n: int, option: str, k: int) -> Example:
        """Rows of all families, tame ones for a reduction; with a cap, numbers and one NaN."""
        tame = option == "softcap" or self._reduced(k)
        names = ("normal",) if rows == 1 else families.TAME if tame else families.NAMES
        x = families.logits(self.rng, rows, n, self.fmt, 7 * self.turn, names)
        if option == "softcap" and self.turn % 3 == 2 and not self._reduced(k):
            x[1:2, -1] = np.nan
        view = scales.VIEWS.get((rows, n)) or self._masked_view(rows, n)
        return self._rows(rows, n, View((rows,), 0) if rows == n else view, option, k, x=x)

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
        each = [m.combination for m in scales.MEETINGS[option]]
        alone = self.beside or not self.function.labelled
        turns = len(shapes) if alone else max(len(shapes), len(each))
        fits = [self._number(each[turn % len(each)], option, turn) for turn in range(turns)]
        return [(*shapes[turn % len(shapes)], k) for turn, k in enumerate(fits)]

    def _number(self, combination: Combination, option: str, turn: int) -> int:
        """The number of a combination as far as it is taken; if it is not, of another by turns."""
        if (known := taken(combination, self.options)) in self.combinations:
            return self.combinations.index(known)
        each = [k for k, c in enumerate(self.combinations) if scales.met(option, c)] or [0]
        return each[turn % len(each)]

    def _masked_view(self, rows: int, n: int) -> View:
        """Any view; a plain one for a square, where axes may be confused, and for a vector."""
        plain = View((rows,) if rows > 1 else ())
        return plain if rows in (1, n) else palette.view(rows, self.turn, self.layouts)
