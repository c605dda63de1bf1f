"""Rows as long as the vocabularies of language models, whose last layers have so many classes."""

from __future__ import annotations

import zlib

import numpy as np

from conformance.floats import Array, Format
from conformance.inputs.families import Rng
from conformance.model import Example

#: cl100k, Llama 3, Qwen 2.5, Llama 4, Gemma.
SIZES = (100_277, 128_256, 151_936, 202_048, 262_144)
_BOTH_SIDES = (2**17 - 1, 2**17 + 1, 2**18 - 1, 2**18 + 1)
#: The one where each is a program.
COMPILED = 151_936


def sizes(
    function: str, fmt: Format, effort: str, compiling: bool, beside: bool
) -> tuple[int, ...]:
    """The sizes of a function in a format.

    By default the largest and another one: in float32 one class more, which a limit of 512 blocks
    of 512 leaves out, else another for each function and format. `beside` float32 each half format
    has one of the two. One alone where each is a program; none in float64, where nobody trains. A
    quick run has the largest in float32, and one in float16, whose sums such rows leave.
    """
    if effort == "thorough":
        return (*SIZES, *_BOTH_SIDES)
    if effort == "quick" and not compiling:
        return {"float32": SIZES[-1:], "float16": SIZES[:1]}.get(fmt.name, ())
    alone = effort == "narrow" and fmt.name == "float16"  # whose long sums have laws of their own
    if (effort != "default" and not alone) or fmt.bits == 64:
        return ()
    if compiling:
        return (COMPILED,)
    if fmt.name == "float32":
        return _BOTH_SIDES[-1], SIZES[-1]
    turn = zlib.crc32(f"{function} {fmt.name}".encode())
    both = SIZES[turn % (len(SIZES) - 1)], SIZES[-1]
    largest = (zlib.crc32(function.encode()) + (fmt.name == "float16")) % 2
    return both[largest : largest + 1] if beside else both


#: A multiple of the widths of most tiles: 2¹⁰·15.
_TILES = 15_360
#: Of one class of a flat row: its share is nothing, its logarithm a number of every format.
_DEEP = -24
#: What the maxima of rows differ by: e^x of a row by another one's maximum leaves every format.
_APART = (0, 0, 100, -100)


def rows(rng: Rng, n: int, fmt: Format, probabilities: bool, quick: bool) -> Array:
    """A flat row, whose every class but one counts; one whose last class has half of it all.

    Of the largest size in float32, but in quick runs, two more, far apart: 2²⁰ elements.
    """
    count = 4 if n == SIZES[-1] and fmt.bits == 32 and not quick else 2
    x = rng.uniform(-0.25, 0, (count, n))  # Σe^d ≈ 0.88 n, beyond Ω of float16 in every size
    x[1, -1] = np.log(n) - 0.125
    if probabilities:
        p = np.exp(x)
        x = p / p.sum(axis=1, keepdims=True)
    else:
        x[0, n // 3] = _DEEP
        x += np.reshape(_APART[:count], (count, 1))
    return x.astype(fmt.dtype)


def mark(e: Example, turn: int) -> None:
    """Label row 1 by its last class, the others by classes at the border of a shard, and of tiles.

    The border of tiles is a multiple of most of their widths, and stands out from its neighbours.
    """
    n, logits = e.classes, not e.function.probabilities
    row, label = (0, 2, 3)[turn % 3 % (len(e.x) - 1)], _of_a_shard(n, turn)
    border = _TILES * (1 + turn % ((n - 1) // _TILES))
    before = border - (row != 0)  # where row 0 is of a shard, row 2 alone is of the border's tile
    e.labels[...] = (border, n - 1, before, border)[: len(e.x)]
    e.labels[row] = label
    if logits:
        e.x[:, border] -= 4
    if logits and row > 1:
        e.x[row, label] = e.x[row, 0] + np.log(n)


def _of_a_shard(n: int, turn: int) -> int:
    """The first or the last class of one of eight parts, as when a vocabulary is sharded."""
    return -(-n // 8) * (1 + turn % 7) - turn // 7 % 2
