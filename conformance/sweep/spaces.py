"""The inputs of a sweep, cut into shards that can be seen in any order and by anyone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from conformance.floats import FORMATS, Array
from conformance.sweep.sheets import SHARD, Binade

#: The shards of float32: one for each sign and exponent.
BINADES = 512
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
        if self.exhaustive:
            return f"all {self.total:,} {self.dtype} values"
        each = self.total // 4096
        return f"{self.total:,} of 2^64 {self.dtype} values: {each:,} of each sign and exponent"


def space(dtype: str, samples: int = SAMPLES) -> Space:
    """The space of a format."""
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
    bits = {"binades": 32, "sample": 64}[of.kind]
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
