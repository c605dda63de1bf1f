"""What generating rows and elements share: the subject, its turns, what is drawn."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from conformance.floats import FORMATS, Array, Format
from conformance.inputs import elementwise, labels
from conformance.inputs.draws import DRAWN, Draw, draws
from conformance.kernels.arguments import constant
from conformance.kernels.layouts import fitted
from conformance.model import Example, Function, View

T = TypeVar("T")
#: What is longer has sums that stand still in half formats.
_LONG = 2**15


class Generation(ABC):
    """The generator of one subject."""

    def __init__(
        self, function: Function, fmt: Format, effort: str, seed: int, programs: str | None,
        options: frozenset[str], layouts: tuple[str, ...], built_in: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.function = function
        self.fmt = fmt
        self.effort = effort
        self.programs = programs or effort
        self.compiling = programs is not None
        self.options = options
        self.layouts = layouts
        self.built_in = built_in
        self._constant = constant(built_in)
        key = zlib.crc32(f"{function.name} {fmt.name}".encode())
        self.rng = np.random.Generator(np.random.PCG64([key, seed]))
        self.seed = seed
        self.turn = seed % 1000
        #: True if another format of the same run has every size, axis and option.
        self.beside = False

    @abstractmethod
    def designed(self) -> Iterator[Example]:
        """The examples that find size-, layout-, axis- and option-triggered defects for certain."""

    @abstractmethod
    def _drawn(self, draw: Draw) -> Example:
        """The example of a draw."""

    def _compiled_shapes(self) -> tuple[tuple[int, int], ...]:
        """Rows and sizes of what is drawn where each shape is compiled."""
        return ()

    def drawn(self, count: int | None = None) -> Iterator[Example]:
        """What is drawn: sizes, views, families and options, or a few numbers.

        As many as the effort has if no count is given: a third of them beside a format that is
        examined in full, none in a mode beside another that draws.
        """
        if count is None:
            count = 0 if self.programs == "beside" else DRAWN[self.effort] // (1 + 2 * self.beside)
        key = zlib.crc32(f"{self.function.name} {self.fmt.name} {self.seed}".encode())
        rng = np.random.Generator(np.random.PCG64(key))
        shapes = self._compiled_shapes() if self.compiling else ()
        for index, draw in enumerate(draws(rng, count, self.function.rowwise, shapes)):
            self.turn = draw.turn
            self.rng = np.random.Generator(np.random.PCG64([key, index]))
            yield self._drawn(draw)

    @property
    def _share(self) -> tuple[int, int]:
        """A format's share of sizes and axes beside another one, different for each of the four.

        First which sizes lie along which axis, then which half of the sizes are examined at all.
        """
        return divmod(list(FORMATS).index(self.fmt.name), 2)

    def _shared(self, sizes: Sequence[int]) -> Sequence[int]:
        """The sizes that this format has, and in half formats each where sums stand still."""
        least = _LONG if self.fmt.is_half else np.inf
        return [n for place, n in enumerate(sizes) if self._has(place) or n > least]

    def _each(self, found: Iterable[T], shared: bool = True) -> list[tuple[int, T]]:
        """What this format has of some, with the turn of each; all if they are not shared."""
        return [(turn, one) for turn, one in enumerate(found) if not shared or self._has(turn)]

    def _has(self, place: int) -> bool:
        """True of every place, and of half of them if another format has them all.

        Taken by turns, sizes in turn would be all even or all odd; by the parity of the bits of
        their place (Thue and Morse) they leave every remainder of a vector's length.
        """
        return not self.beside or place.bit_count() % 2 == self._share[1]

    @contextmanager
    def _apart(self, words: str, turn: int) -> Iterator[None]:
        """A turn and numbers of their own, whatever the seed is: the others keep theirs."""
        kept = self.turn, self.rng
        key = zlib.crc32(f"{self.function.name} {self.fmt.name} {words} {turn}".encode())
        self.turn, self.rng = turn, np.random.Generator(np.random.PCG64(key))
        try:
            yield
        finally:
            self.turn, self.rng = kept

    @property
    def _brief(self) -> bool:
        """True where what is large is left out: compiled, beside another format, in a quick run."""
        return self.compiling or self.beside or self.effort == "quick"

    def _given(self, x: Array) -> Array:
        """The first argument: of logarithms of probabilities, none above 0."""
        return -np.abs(x) if self.function.logarithms else x

    def _placed(self, draw: Draw) -> Array:
        pool = elementwise.notable(self.fmt.name, self.function.probabilities)
        return np.asarray(pool[np.array(draw.places)])

    def _complete(
        self, args: dict[str, Array], options: dict[str, Any], view: View, family: str, turn: int
    ) -> Example:
        x = args[self.function.first]
        options = {**options, **self._constant}
        view = fitted(view, len(x), self.function.rowwise, self.built_in)
        shape: tuple[int, ...] = x.shape if self.function.shaped else x.shape[:1]
        if self.function.reduces and options.get("reduction", "mean") != "none":
            shape = ()
        args["cotangent"] = labels.cotangent(self.rng, shape, self.fmt, turn)
        args["direction"] = labels.direction(self.rng, x.shape, self.fmt, turn)
        return Example(self.function, self.fmt, args, view, options, family)
