"""The focal loss where its exponent is small: γ = 0, and γ below 1 at saturated logits."""

from __future__ import annotations

import numpy as np

from conformance.model import Example
from conformance.spec.claims import Claims, holds
from conformance.spec.context import Examination
from conformance.spec.declare import law, with_options
from conformance.spec.which import each

_FOCAL = "sigmoid_focal_loss"


@law("gamma-zero-is-the-binary-loss", _FOCAL, needs="gamma", costs=1, reshapes=True, when=each)
def gamma_zero_is_the_binary_loss(f: Examination, e: Example) -> Claims:
    """ℓ(γ = 0) = a·(binary cross-entropy with logits)

    Within B. σ^0 = 1. [Lin et al., arXiv:1708.02002, 3.2]
    Reveals γ that is not used, or floored.
    """
    binary = with_options(e, gamma=0.0)
    yield f.claim(binary, at=binary)


@law(
    "gradient-of-gamma-zero", _FOCAL, needs="vjp, gamma", costs=1, reshapes=True, when=each
)  # fmt: skip
def gradient_of_gamma_zero(f: Examination, e: Example) -> Claims:
    """∂ℓ(γ = 0)/∂x = a(σ(x) − y), at saturated logits too

    Within B. γσ^(γ − 1) is 0·∞ where 1 − p_t rounds to 0. [optax#1267, sam3#575]
    Reveals NaN: one sure and right answer spoils the batch.
    """
    binary = with_options(e, gamma=0.0)
    yield f.claim(binary, "vjp", at=binary)


@law(
    "gradient-of-gamma-below-one", _FOCAL, level="should", needs="vjp, gamma", costs=1,
    reshapes=True, when=each,
)  # fmt: skip
def gradient_of_gamma_below_one(f: Examination, e: Example) -> Claims:
    """a gradient is finite for γ = ½, at saturated logits too

    Its limit is 0. σ^(−½) is infinite where 1 − p_t rounds to 0, and so it is 0·∞ as written.
    [the limit of the definition; clcarwin/focal_loss_pytorch#13]
    Reveals NaN: one sure and right answer spoils the batch.
    """
    small = with_options(e, gamma=0.5)
    got = f.vjp(small)
    yield holds(np.isfinite(got), got, where=f.problem(small).settled, what="finite", at=small)
