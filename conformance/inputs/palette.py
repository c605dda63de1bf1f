"""The sizes, axes, layouts and batch shapes that are examined: by design, not by chance."""

from __future__ import annotations

from math import isqrt

import numpy as np

from conformance.floats import Array, Format
from conformance.kernels.layouts import CHANNELS_LAST
from conformance.model import View

#: Class sizes on both sides of the powers of two and of the blocks that kernels use. 15,361 and
#: 46,081 are one more than 2¹⁰·15 and 2¹⁰·45, multiples of 2560, 3072 and most other tiles;
#: 840 is a multiple of all to 8, and of such as 56.
CLASSES = (
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 20, 24, 31, 32, 33, 48, 63, 64, 65, 96,
    100, 127, 128, 129, 192, 200, 255, 256, 257, 384, 500, 511, 512, 513, 517, 639, 767, 769, 841,
    895, 999, 1000, 1001, 1023, 1024, 1025, 1151, 1536, 2000, 2047, 2048, 2049, 3000, 4095, 4096,
    4097, 5000, 8191, 8192, 8193, 10000, 15361, 32768, 46081, 65535, 65537,
)  # fmt: skip
#: Batch sizes, with rows of a few classes. 1201 and 1345 leave one row, or one column where the
#: classes come first, to blocks of many lengths: 10, 20, 24, 25, 48, 50, 100; 14, 28, 42, 96, 192.
#: 768 is a multiple of such blocks.
BATCHES = (
    1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 200, 255, 256,
    257, 300, 511, 512, 513, 768, 1023, 1024, 1025, 1201, 1345, 2049, 4096, 4097, 8193,
)  # fmt: skip
#: A batch that leaves no row over, which is met as a plain matrix; so many rows of few classes do.
EVEN_BATCH = 768
_EVEN_ROWS, _EVEN_CLASSES = 32, (32, 64, 128)
#: Batches with ignored rows whose classes have weights, too.
WEIGHTED = (4096, 4097)
LENGTHS = (
    *range(1, 34), 47, 48, 63, 64, 65, 96, 100, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1000,
    1001, 1023, 1024, 1025, 2047, 2048, 2049, 4095, 4096, 4097, 10000, 65537,
)  # fmt: skip
_QUICK = {
    1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 32, 33, 64, 65, 128, 129, 256, 257, 513, 768, 1000, 1025, 2049,
    4097,
}  # fmt: skip
#: A row of several tiles, and what the widths of tiles are multiples of.
TILED = 2_600
_TILES = (128, 500)
#: Shapes of many rows and classes, in which a few rows recur: a matrix of more rows than twice the
#: processors of a GPU, sequences, scores of attention, and a vector. Nothing of them is round.
CROWDED = (
    (View((301,)), 1_201), (View((2, 37)), 2_053), (View((2, 3, 5)), 523), (View(()), 5_003),
)  # fmt: skip
#: More pixels of an image than another dimension of a CUDA grid can have.
PIXELS = View((1, 65_551), 1), 3
#: A batch of sequences whose losses are averaged, over a vocabulary.
SEQUENCES = (View((3, 50)), 4_111)
#: So many of those rows differ.
CROWD = 23
#: Rows and classes that are met with every kind of options: beyond what one block holds; and those
#: that the usual loss of a language model has.
VOCABULARY, LANGUAGE_MODEL = (5, 4_111), (2, 70_001)
#: Rows and classes that are met with several options at once: more of either than most blocks.
WITH_OPTIONS = ((4201, 3), LANGUAGE_MODEL)
#: Batches that leave several rows to every block of 4 to 32, and all but one.
ROWS_IN_TURN = (67, 78, 95)
#: Where arrays of layout "offset" begin: 1, 2, ... elements after a multiple of 64 bytes.
_STARTS = 31
#: Losses of so many, summed, hide one that is infinite or tiny: only leaving one out tells.
MANY = 1000
#: Elements that an index of 32 bits with a sign counts.
FAR = 2**31
#: What a compiling backend is asked for: the programs of an effort. Those of a format whose run has
#: another in full ("narrow"), or of a mode whose run has another ("beside"), have one long shape.
COMPILED_CLASSES: dict[str, tuple[int, ...]] = {
    "quick": (2, 91, 1025), "default": (1, 2, 91, 1025),
    "thorough": (1, 2, 3, 5, 8, 17, 33, 64, 100, 128, 129, 257, 400, 513, 639, 999, 1000, 1025,
                 4097, 65537),
}  # fmt: skip
#: 258 elements, with a tail, meet every option; 3,075 are of the shape between two modes.
COMPILED_LENGTHS: dict[str, tuple[int, ...]] = {
    "beside": (3075,), "narrow": (258,), "quick": (258, 3075), "default": (258, 3075),
    "thorough": (1, 2, 3, 7, 8, 9, 17, 33, 100, 129, 257, 1025, 4097, 65537),
}  # fmt: skip
#: Rows and classes at which two modes are compared, with each operation a program of its own in one
#: of them: long enough for sums that stand still, and few enough elements for all laws.
BETWEEN_MODES = (3, 1025)
#: The same in formats beside another: whole blocks of 8 rows and 128 classes; a long tail.
FURTHER = {"bfloat16": (8, 1024), "float16": (3, 1003)}
#: Classes that meet every option where other formats have five: beyond a block of 32, with a tail
#: that is longer than half of one of 16.
FEW = {"float64": 43}
#: Rows of the one long batch whose mean is compiled, a prime: every block has a tail.
LONG_BATCH = 2011
#: Four axes of equal length, the classes along each, counted from both ends; two of them with the
#: second last in memory. No axis can be told from another by its length.
FOUR_AXES = (
    *(View((2, 2, 2), axis) for axis in (1, -2)), View((2, 2, 2), 1, CHANNELS_LAST),
    View((2, 2, 2), -3, CHANNELS_LAST), *(View((2, 2, 2), axis) for axis in (0, 2, -1, -4, 3)),
)  # fmt: skip
#: So many classes lie along the middle of three axes: beyond a block of 64, with a tail that is
#: longer than half of one of 16 or 32.
MIDDLE_AXIS = 91


#: Sizes whose rows are worth a second axis in a default run, and those that only thorough has.
_LARGE = 1025
_RARE = {
    6, 10, 11, 13, 20, 24, 48, 96, 192, 200, 384, 500, 517, 639, 767, 895, 999, 1023, 1151,
    2000, 2047, 3000, 4095, 5000, 8191, 8192, 10000, 32768, 65535,
}  # fmt: skip
_RARE_BATCHES = {4, 5, 8, 15, 16, 31, 32, 63, 64, 100, 128, 200, 255, 256, 300, 511, 512, 1023,
                 1024, 1025, 4096, 8193}  # fmt: skip


def rows_for(classes: int, effort: str, heavy: bool) -> int:
    """How many rows of a class size: many small ones, few large ones; fewer in long double.

    Where rows fill whole vectors the batch fills whole blocks.
    """
    if classes in _EVEN_CLASSES:
        return _EVEN_ROWS
    budget = (6000 if effort == "thorough" else 1800) // (2 if heavy else 1)
    least = 3  # kernels differ for one row and for several
    return max(least, min(34, budget // max(classes, 1)))


def axes_for(classes: int, effort: str, turn: int, beside: bool = False) -> tuple[int, ...]:
    """The class axes of a size: both; one by turns for large rows, and beside another format."""
    if effort == "thorough" or (classes <= _LARGE and not beside):
        return (-1, 0)
    return (-1,) if turn % 2 else (0,)


def batch_shape(rows: int, turn: int) -> tuple[int, ...]:
    """One of the batch shapes that hold `rows`: (), (R,), (R/2, 2), (1, R), (R, 1), ..."""
    options: list[tuple[int, ...]] = [(rows,)]
    if rows == 1:
        options.append(())
    if rows % 2 == 0 and rows:
        options.append((rows // 2, 2))
        options.append((2, rows // 2))
    root = isqrt(rows)
    if rows > 1 and root * root == rows:
        options.append((root, root))
    if rows % 6 == 0 and rows:
        options.append((rows // 6, 3, 2))
    options.append((rows, 1) if turn // (len(options) + 1) % 2 else (1, rows))
    return options[turn % len(options)]


def view(rows: int, turn: int, layouts: tuple[str, ...], axis: int | None = None) -> View:
    """A view of `rows`, rotating batch shapes, class axes and layouts."""
    batch = batch_shape(rows, turn // 2)
    rank = len(batch) + 1
    axes = (-1, 0, -1, 1 % rank, -rank, rank - 1, -2 if rank > 1 else -1)
    chosen = axes[turn % len(axes)] if axis is None else axis
    layout = layouts[(turn * 5 // 3) % len(layouts)] if turn % 2 else "C"
    return laid_out(batch, chosen, layout, turn)


def laid_out(batch: tuple[int, ...], axis: int, layout: str, turn: int) -> View:
    """A view in a layout, which "broadcast" is for equal rows only; offsets by turns."""
    return View(batch, axis, "C" if layout == "broadcast" else layout, start=1 + turn % _STARTS)


def class_sizes(effort: str) -> tuple[int, ...]:
    """The class sizes of an effort."""
    if effort == "thorough":
        return CLASSES
    kept = _QUICK if effort == "quick" else set(CLASSES) - _RARE
    return tuple(n for n in CLASSES if n in kept)


def middle_sizes(effort: str, beside: bool) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Sizes of a middle axis of classes, beyond blocks of 16 to 1024, and the axes around it.

    In one format more numbers than some kernels copy first, or leave to one thread. Three images
    and more: what is kept for two at a time, or a pitch between them, shows at the third.
    """
    if effort == "quick":
        return ((39, (3, 7)),)
    few = (39, (3, 7)), (130, (3, 35)), (261, (2, 4, 3, 2)), (1029, (3, 2))
    return (17, (3, 67 if beside else 667)), *few


def sizes_in_turn(fmt: Format, beside: bool) -> tuple[int, ...]:
    """Sizes beyond a block of 64 that leave each remainder of a vector, or of 32 lanes.

    Those of 16 lanes beyond a block of 1024, too.
    """
    first = range(65, 65 + max(0 if beside else 32, 64 // np.dtype(fmt.dtype).itemsize))
    return (*first, *range(1033, 1033 if beside else 1049))


def hollow_sizes(effort: str) -> tuple[tuple[int, int], ...]:
    """Rows whose thirds hold whole blocks of 16, 128, 1024 and 4096, wherever they begin.

    And blocks of which every second one is hollow.
    """
    found = (100, 16), (800, 64), (6_200, 1_024), (25_000, 4_096)
    return {"quick": found[::2][:2], "thorough": found}.get(effort, found[:3])


def border_labels() -> Array:
    """The first class of every tile of a row of `TILED`, and the last of the one before it."""
    firsts = np.unique(np.concatenate([np.arange(tile, TILED, tile) for tile in _TILES]))
    return np.stack([firsts, firsts - 1], axis=1).ravel()


def batch_sizes(effort: str) -> tuple[int, ...]:
    """The batch sizes of an effort."""
    if effort == "thorough":
        return BATCHES
    kept = (_QUICK if effort == "quick" else set(BATCHES)) - _RARE_BATCHES
    return tuple(n for n in BATCHES if n in kept)


def lengths(effort: str) -> tuple[int, ...]:
    """The lengths of elementwise arguments."""
    return tuple(n for n in LENGTHS if n in _QUICK) if effort == "quick" else LENGTHS
