"""A shard of a sweep by name, and what comes back: plain data that any executor can carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, cast

import msgspec

from conformance.sweep import spaces
from conformance.sweep.tallies import Tally
from conformance.sweep.targets import Quantity, Target, targets


class Member(NamedTuple):
    """One implementation as it is called: the path of its file, a mode and a device."""

    path: str
    mode: str
    device: str


@dataclass(frozen=True, slots=True)
class Task:
    """A shard of one target for some implementations, by name only."""

    members: tuple[Member, ...]
    function: str
    quantity: str
    variant: int
    pairs: bool
    dtype: str
    grade: str
    samples: int
    shard: int

    @property
    def target(self) -> Target:
        """The target."""
        found = targets(self.function, cast(Quantity, self.quantity), self.pairs)
        return found[self.variant]

    @property
    def space(self) -> spaces.Space:
        """The space that the shard is of."""
        return spaces.space(self.dtype, self.pairs, self.samples)


class Outcome(msgspec.Struct, kw_only=True):
    """What a shard gave for one implementation: a tally, or what went wrong."""

    tally: Tally
    error: str = ""
    unsupported: str = ""
