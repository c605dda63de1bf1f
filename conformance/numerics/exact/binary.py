"""Exact elementwise losses: binary cross-entropies, their derivatives, and reductions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.floats import Array
from conformance.numerics.exact.balls import (
    NAN,
    ONE,
    Ball,
    ball,
    balls,
    log,
    log1p,
    over,
    raised,
    split,
    times,
)
from conformance.numerics.exact.elementwise import Evaluate, sigma, softplus
from conformance.numerics.exact.reductions import Args, Options, filled, rates, reduced


@dataclass(frozen=True, slots=True)
class Label:
    """y in [0, 1], of which label_smoothing s makes (1 − s)y + s/2."""

    y: Ball
    s: Ball

    @property
    def defined(self) -> bool:
        """True for a label in [0, 1]."""
        return bool(self.y >= 0 and self.y <= 1)

    @property
    def left(self) -> Ball:
        """1 − s."""
        return ONE - self.s

    @property
    def share(self) -> Ball:
        """What the positive class has."""
        return self.left * self.y + self.s / 2

    @property
    def rest(self) -> Ball:
        """What the negative class has."""
        return self.left * (ONE - self.y) + self.s / 2


@dataclass(frozen=True, slots=True)
class Logit:
    """ℓ = A₁ softplus(−x) + A₀ softplus(x), A₁ = wρy, A₀ = w(1 − y)."""

    x: Ball
    label: Label
    w: Ball
    rho: Ball

    @property
    def defined(self) -> bool:
        """True for a finite logit and a label in [0, 1]."""
        return bool(self.x.is_finite() and self.label.defined)

    @property
    def positive(self) -> Ball:
        """A₁."""
        return self.w * self.rho * self.label.share

    @property
    def negative(self) -> Ball:
        """A₀."""
        return self.w * self.label.rest

    def value(self) -> Ball:
        """ℓ."""
        return self.positive * softplus(-self.x) + self.negative * softplus(self.x)

    def vjp(self) -> Ball:
        """A₀ σ(x) − A₁ σ(−x)."""
        return self.negative * sigma(self.x) - self.positive * sigma(-self.x)

    def hvp(self) -> Ball:
        """(A₁ + A₀) σ(x) σ(−x)."""
        return (self.positive + self.negative) * sigma(self.x) * sigma(-self.x)

    def vjp_labels(self) -> Ball:
        """∂ℓ/∂y = (1 − s) w (ρ softplus(−x) − softplus(x))."""
        return self.label.left * self.w * (self.rho * softplus(-self.x) - softplus(self.x))


@dataclass(frozen=True, slots=True)
class Probability:
    """ℓ = −y log p − (1 − y) log(1 − p), with 0 log 0 = 0 and limits from inside [0, 1]."""

    p: Ball
    label: Label

    @property
    def defined(self) -> bool:
        """True for a probability and a label in [0, 1]."""
        return bool(self.p >= 0 and self.p <= 1 and self.label.defined)

    def value(self) -> Ball:
        """ℓ."""
        return times(self.label.share, -log(self.p)) + times(self.label.rest, -log1p(-self.p))

    def vjp(self) -> Ball:
        """(1 − y)/(1 − p) − y/p."""
        return over(self.label.rest, ONE - self.p) - over(self.label.share, self.p)

    def hvp(self) -> Ball:
        """(1 − y)/(1 − p)² + y/p²."""
        q = ONE - self.p
        return over(self.label.rest, q * q) + over(self.label.share, self.p * self.p)

    def vjp_labels(self) -> Ball:
        """∂ℓ/∂y = (1 − s)(log(1 − p) − log p)."""
        return self.label.left * (log1p(-self.p) - log(self.p))


Element = Logit | Probability


def elements(args: Args, options: Options) -> list[Element]:
    """The elements of a loss."""
    s = ball(options.get("label_smoothing", 0.0))
    labels = [Label(y, s) for y in balls(args["labels"])]
    if "probs" in args:
        return [Probability(*each) for each in zip(balls(args["probs"]), labels, strict=True)]
    w = filled(options.get("weight"), len(labels))
    rho = filled(options.get("pos_weight"), len(labels))
    return [Logit(*each) for each in zip(balls(args["logits"]), labels, w, rho, strict=True)]


def _of(element: Any, quantity: str) -> Ball:
    return getattr(element, quantity)() if element.defined else NAN


def binary(quantity: str, made: Callable[[Args, Options], Sequence[Any]] = elements) -> Evaluate:
    """The evaluation of one quantity of elementwise losses, whose elements `made` constructs.

    An element says whether it is `defined`, and has its quantities as methods.
    """

    def evaluate(args: Args, options: Options) -> tuple[Array, Array]:
        each = made(args, options)
        if quantity == "value":
            size = len(each)
            return reduced(lambda: [_of(e, quantity) for e in each], options, lambda: [ONE] * size)
        factor = rates(args, options, [ONE] * len(each))
        further = balls(args["direction"]) if quantity == "hvp" else [ONE] * len(each)
        found = [
            raised(lambda i=i: [times(_of(each[i], quantity), factor(i) * further[i])])[0]  # type: ignore[misc]
            for i in range(len(each))
        ]
        return split(found, (len(each),))

    return evaluate
