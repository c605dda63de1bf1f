"""Rows with masks, and with options that change the logits, several of them together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.inputs import families, masks, palette, scales
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
