"""Exact focal losses of elements, and their derivatives."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.numerics.exact.balls import ONE, ZERO, Ball, ball, balls
from conformance.numerics.exact.elementwise import sigma, softplus
from conformance.numerics.exact.reductions import Args, Options


@dataclass(frozen=True, slots=True)
class Focal:
    """ℓ = a σ(z)^γ softplus(z): z is the logit of the wrong class, x for y = 0 and −x for y = 1."""

    x: Ball
    y: Ball
    alpha: Ball | None
    gamma: Ball

    @property
    def defined(self) -> bool:
        """True for a finite logit and a label of 0 or 1."""
        return bool(self.x.is_finite() and (self.y == 0 or self.y == 1))

    @property
    def z(self) -> Ball:
        """The logit of the wrong class."""
        return -self.x if self.y == 1 else self.x

    @property
    def a(self) -> Ball:
        """α of a positive, 1 − α of a negative."""
        if self.alpha is None:
            return ONE
        return self.alpha if self.y == 1 else ONE - self.alpha

    @property
    def focus(self) -> Ball:
        """σ(z)^γ."""
        s = sigma(self.z)
        if self.gamma == 0:
            return ONE
        return ZERO if s == 0 else (self.gamma * -softplus(-self.z)).exp()

    def value(self) -> Ball:
        """ℓ."""
        return self.a * self.focus * softplus(self.z)

    def vjp(self) -> Ball:
        """∂ℓ/∂x = ±a σ(z)^γ (γ σ(−z) softplus(z) + σ(z))."""
        z = self.z
        slope = self.gamma * sigma(-z) * softplus(z) + sigma(z)
        found = self.a * self.focus * slope
        return -found if self.y == 1 else found

    def hvp(self) -> Ball:
        """∂²ℓ/∂x² = a σ(z)^γ σ(−z)(γ(γσ(−z) − σ(z)) softplus(z) + (2γ + 1)σ(z))."""
        s, q, gamma = sigma(self.z), sigma(-self.z), self.gamma
        bent = gamma * (gamma * q - s) * softplus(self.z) + (2 * gamma + 1) * s
        return self.a * self.focus * q * bent


def focals(args: Args, options: Options) -> list[Focal]:
    """The elements of a focal loss."""
    given = options.get("alpha")
    alpha = None if given is None else ball(given)
    gamma = ball(options.get("gamma", 2.0))
    each = zip(balls(args["logits"]), balls(args["labels"]), strict=True)
    return [Focal(x, y, alpha, gamma) for x, y in each]
