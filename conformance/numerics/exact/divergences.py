"""Exact terms of a Kullback-Leibler divergence, from the logarithm of p, and their derivatives."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.numerics.exact.balls import (
    ONE,
    ZERO,
    Ball,
    balls,
    exp_of_nonpositive,
    log,
    times,
)
from conformance.numerics.exact.reductions import Args, Options


@dataclass(frozen=True, slots=True)
class Divergence:
    """ℓ = y(log y − x), x = log p; `logarithm`: the target is t = log y and y = e^t."""

    x: Ball
    target: Ball
    logarithm: bool

    @property
    def defined(self) -> bool:
        """True for logarithms up to 0 and a target in [0, 1]."""
        within = self.target <= 0 if self.logarithm else self.target >= 0 and self.target <= 1
        return bool(self.x <= 0 and within)

    @property
    def y(self) -> Ball:
        """The target as a probability."""
        return exp_of_nonpositive(self.target) if self.logarithm else self.target

    @property
    def log_y(self) -> Ball:
        """Its logarithm."""
        return self.target if self.logarithm else log(self.target)

    def value(self) -> Ball:
        """ℓ, 0 where y is."""
        y = self.y
        return ZERO if y == 0 else y * (self.log_y - self.x)

    def vjp(self) -> Ball:
        """∂ℓ/∂x = −y."""
        return -self.y

    def vjp_labels(self) -> Ball:
        """∂ℓ/∂y = log y − x + 1; times y if the target is log y."""
        slope = self.log_y - self.x + ONE
        return times(self.y, slope) if self.logarithm else slope


def divergences(args: Args, options: Options) -> list[Divergence]:
    """The elements of a divergence."""
    each = zip(balls(args["log_probs"]), balls(args["labels"]), strict=True)
    logarithm = bool(options.get("log_target", False))
    return [Divergence(x, y, logarithm) for x, y in each]
