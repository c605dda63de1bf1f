"""The tasks of a sweep and their outcomes: plain data that any executor can carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from conformance.model import Grade
from conformance.sweep import spaces
from conformance.sweep.tallies import Totals
from conformance.sweep.targets import Quantity, Target, targets


class Member(NamedTuple):
    """One implementation as it is called: the path of its file, a mode and a device."""

    path: str
    mode: str
    device: str


@dataclass(frozen=True, slots=True)
class Job:
    """One target in one format, for all implementations that have it, by name only."""

    members: tuple[Member, ...]
    function: str
    quantity: Quantity
    variant: int = 0
    dtype: str = "float32"
    grade: Grade = "standard"
    samples: int = spaces.SAMPLES
    number: int = 0

    @property
    def target(self) -> Target:
        """The target."""
        return targets(self.function, self.quantity)[self.variant]

    @property
    def space(self) -> spaces.Space:
        """Its inputs."""
        return spaces.space(self.dtype, self.samples)

    @property
    def words(self) -> str:
        """What it is, in a line."""
        return f"{self.function} {self.target.name} {self.dtype}"


class Task(NamedTuple):
    """One shard of a job."""

    job: Job
    shard: int


class Outcome(msgspec.Struct, kw_only=True):
    """What a shard gave for one implementation: a tally, or what went wrong."""

    tally: Totals
    error: str = ""
    unsupported: str = ""
