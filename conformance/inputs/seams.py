"""Rows in which the classes on both sides of every border between tiles weigh, and no others."""

from __future__ import annotations

import numpy as np

from conformance.floats import FORMATS, Array
from conformance.inputs.families import Rng

#: What kernels cut long rows into, the longest first.
_TILES = (
    65_536, 32_768, 16_384, 10_000, 8_192, 5_000, 4_096, 3_072, 2_560, 2_048, 1_536, 1_024, 1_000,
    768, 512, 500, 384, 256, 128, 64, 32,
)  # fmt: skip
#: The vectors at the end, the last of which may overlap the one before.
_LAST = 8
#: By how much each of these classes exceeds all others together.
_ABOVE = 6


def places(n: int) -> Array:
    """The classes at borders: of parts of the row, of its last vectors, and of longer tiles first.

    No more than have a share of a row that is twice what a sum of n numbers may err, whatever
    their order: nu in float32. One that is left out, or counted twice, shows.
    """
    most = 1 / (2 * n * FORMATS["float32"].u)
    parts = np.arange(1, 4) * n // 4
    found = np.unique([*(n - 1 - np.arange(_LAST)), *parts, *(parts + 1), 0])
    for tile in _TILES:
        firsts = np.arange(tile, n, tile)
        more = np.union1d(found, [*firsts, *(firsts - 1)])
        if len(more) > most:
            break
        found = more
    return found[found < n].astype(np.int64)


def row(rng: Rng, n: int) -> Array:
    """A row of that kind: all peaks alike."""
    x = rng.normal(0, 1, n)
    x[places(n)] = np.log(n) + _ABOVE
    return x


def label(n: int, turn: int) -> int:
    """One side of a border between the longest tiles, by turns."""
    tile = next(tile for tile in _TILES if tile < n)
    return int(tile * (1 + turn // 2 % ((n - 1) // tile)) - turn % 2)
