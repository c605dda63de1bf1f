"""The inputs of a sweep, cut into shards that can be seen in any order and by anyone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from conformance.floats import FORMATS, Array
from conformance.sweep.sheets import SHARD, Binade

#: Bit patterns of float32 in one shard, and pairs of float16 in one.
BINADES = 512
PAIR_ROWS = 128
#: Float64 samples are drawn from 128 shards of 32 sign-exponent combinations each.
SAMPLE_SHARDS = 128
SAMPLES = 1 << 20


@dataclass(frozen=True, slots=True)
class Space:
    """All inputs of a target in a format, or a stated sample; `shards` are numbered from 0."""

    dtype: str
    kind: str
    shards: int
    total: int

    @property
    def exhaustive(self) -> bool:
        """True if no input is left out."""
        return self.kind != "sample"

    @property
    def ordered(self) -> bool:
        """True if neighbours are compared."""
        return self.kind in ("half", "binades")

    @property
    def says(self) -> str:
        """What is looked at."""
        if self.kind == "pairs":
            return f"all {self.total:,} pairs of {self.dtype} values"
        if self.exhaustive:
            return f"all {self.total:,} {self.dtype} values"
        each = self.total // 4096
        return f"{self.total:,} of 2^64 {self.dtype} values: {each:,} of each sign and exponent"


def space(dtype: str, pairs: bool = False, samples: int = SAMPLES) -> Space:
    """The space of a format."""
    if pairs:
        return Space(dtype, "pairs", (1 << 16) // PAIR_ROWS, 1 << 32)
    if FORMATS[dtype].is_half:
        return Space(dtype, "half", 1, 1 << 16)
    if dtype == "float32":
        return Space(dtype, "binades", BINADES, BINADES * SHARD)
    each = max(1, -(-samples // 4096))
    return Space(dtype, "sample", SAMPLE_SHARDS, each * 4096)


def described(of: Space, shard: int) -> str:
    """The inputs of a shard, for messages."""
    if of.kind == "half":
        return of.says
    low, high = _ends(of, shard)
    return f"{of.dtype} bit patterns 0x{low:x} to 0x{high:x}"


def _ends(of: Space, shard: int) -> tuple[int, int]:
    bits = {"pairs": 16, "binades": 32, "sample": 64}[of.kind]
    each = (1 << bits) // of.shards
    return shard * each, (shard + 1) * each - 1


def binade(shard: int) -> Binade:
    """The float32 binade of a shard; exponent 255 holds the infinities and NaN."""
    return Binade(shard >= 256, shard % 256)


def sample(of: Space, shard: int) -> Array:
    """The float64 inputs of a shard: the ends of each sign and exponent, and evenly spaced between.

    Mantissas are spaced by an odd stride that is no power of two, so that low bits vary too.
    """
    each = of.total // 4096
    heads = np.arange(shard * 32, (shard + 1) * 32, dtype=np.uint64) << np.uint64(52)
    last = (1 << 52) - 1
    mantissas = np.array([i * last // max(each - 1, 1) for i in range(each)], np.uint64)
    return (heads[:, None] | mantissas[None, :]).ravel().view(np.float64)


def pair_rows(of: Space, shard: int) -> Iterator[Array]:
    """For each first logit of a shard, the pairs (a, b) with every b: (65536, 2)."""
    dtype = FORMATS[of.dtype].dtype
    every = np.arange(1 << 16, dtype=np.uint32).astype(np.uint16).view(dtype)
    pairs = np.empty((1 << 16, 2), dtype)
    pairs[:, 1] = every
    for i in range(shard * PAIR_ROWS, (shard + 1) * PAIR_ROWS):
        pairs[:, 0] = every[i]
        yield pairs
