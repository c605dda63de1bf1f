"""Rows as long as the vocabularies of language models, whose last layers have so many classes."""

from __future__ import annotations

import zlib

import numpy as np

from conformance.floats import Array, Format
from conformance.inputs import seams
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


#: A multiple of the widths of most tiles: 2¹²·15.
BORDER = 61_440
#: Of one class of a flat row: its share is nothing, its logarithm a number of every format.
_DEEP = -24
#: How far the third row is from the others: e^x of a row by another one's maximum leaves every
#: format.
_APART = 100


def rows(rng: Rng, n: int, fmt: Format, probabilities: bool, quick: bool) -> Array:
    """A flat row, whose every class but one counts; one whose last class has half of it all.

    Of the largest size in float32, but in quick runs, one more, whose borders of tiles have it all;
    of one class more there, the second alone.
    """
    count = 3 if n == SIZES[-1] and fmt.bits == 32 and not quick else 2
    x = rng.uniform(-0.25, 0, (count, n))  # Σe^d ≈ 0.88 n, beyond Ω of float16 in every size
    x[1, -1] = np.log(n) - 0.125
    if count > 2:
        x[2] = seams.row(rng, n)
    if probabilities:
        p = np.exp(x)
        x = p / p.sum(axis=1, keepdims=True)
    else:
        x[0, n // 3] = _DEEP
        x[2:] += _APART
    only_last = n == _BOTH_SIDES[-1] and fmt.bits == 32
    return x[only_last:].astype(fmt.dtype)


def mark(e: Example, turn: int) -> None:
    """Label the last row by its last class, the first by one at the border of a shard, or of tiles.

    The border of tiles is a multiple of most of their widths, and stands out from its neighbours.
    """
    n = e.classes
    first = seams.label(n, turn) if len(e.x) > 2 else _of_a_shard(n, turn)
    e.labels[...] = n - 1
    e.labels[:-1][:1] = first
    if not e.function.probabilities:
        e.x[:2, BORDER] -= 4


def _of_a_shard(n: int, turn: int) -> int:
    """The first or the last class of one of eight parts, as when a vocabulary is sharded."""
    return -(-n // 8) * (1 + turn % 7) - turn // 7 % 2
