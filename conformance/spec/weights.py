"""Derivatives of losses by their weights, where the framework gives them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from conformance.backends import Unsupported
from conformance.functions import derivation
from conformance.model import Example
from conformance.spec.claims import Claims, holds
from conformance.spec.context import Examination
from conformance.spec.declare import law
from conformance.spec.derivatives import taken_as_constant
from conformance.spec.known import Known
from conformance.spec.which import averaged, indexed, without

_CE = "cross_entropy_with_logits"
_LINEAR = "linear_cross_entropy"
_NLL = "nll_loss"
_BCE = "binary_cross_entropy_with_logits"
#: Exact values are those of a whole batch at once.
_LARGE = 4096


def _with(option: str) -> Callable[[Example], bool]:
    """Examples with the option, of sizes and conventions that the closed form covers."""

    def weighed(e: Example) -> bool:
        # masks leave no slope, and a z_loss is a convention
        apart = not without("where", "z_loss")(e)
        soft_mean = e.function.rowwise and e.labels.ndim == 2 and e.reduction == "mean"
        given = e.options.get(option) is not None
        size = max(e.size, len(e.x) * e.classes) if e.function.matrix else e.size
        return (
            given and 0 < size <= _LARGE and not (soft_mean or apart)
        )  # of which a may law speaks

    return weighed


def _some_ignored(e: Example) -> bool:
    """Means of class indices of which some rows are ignored: what those may not add to."""
    ignored = e.labels == e.options.get("ignore_index") if indexed(e) else np.zeros(0, bool)
    return averaged(e) and bool(ignored.any()) and len(np.unique(e.labels[~ignored])) > 1


weight_law = partial(law, needs="derived, weight", costs=2, masked=True, when=_with("weight"))
pos_weight_law = partial(law, needs="derived, pos_weight", costs=2, when=_with("pos_weight"))
_FORMS = {
    _BCE: "∂ℓ/∂w = ρ y softplus(−x) + (1 − y) softplus(x), summed if one weight is for all",
    _CE: "∂/∂w_c Σℓ = −Σ_i a_ic log p_ic, a = (1 − α)q + α/C; of the mean of indices "
    "(−Σ_i a_ic log p_ic − L n_c)/W, W = Σw_y, n_c the rows of class c",
}
_FORMS[_LINEAR] = _FORMS[_CE]
_FORMS[_NLL] = _FORMS[_CE].replace("a = (1 − α)q + α/C", "a = 1 of the label")
_BOUND = (
    "the bound of the closed form; left out are weights of exactly 0, where a guard against "
    "0·log 0 is constant, classes at −inf, and a gradient of zeros alone, left to a should law, "
    "where the call without further options has it too"
)


def _of_weights(function: str) -> str:
    return derivation(function, "vjp_weight")


def _of_pos_weight(function: str) -> str:
    return derivation(function, "vjp_pos_weight")


def _accurate(f: Examination, e: Example, quantity: str) -> Claims:
    given = [ex for ex in as_shown(f, e) if not taken_as_constant(f, ex, quantity)]
    if not given:
        raise Unsupported("the gradient for weights is 0 throughout: they are taken as constants")
    for example in given:
        yield f.claim(example, quantity, what=_told(example, e))


def _there(f: Examination, e: Example, quantity: str) -> Claims:
    mild = as_shown(f, e)[-1]
    got, exact = f.derived(mild, quantity), f.exact(mild, quantity).wide
    large = f.where(mild, quantity) & (np.abs(exact) > 2 * f.bound(mild, quantity))
    there = np.asarray((got != 0).any())
    yield holds(there, where=large.any(), what="not all 0", at=mild)


def as_shown(f: Known, e: Example) -> list[Example]:
    """The example, and if it differs with logits within ±16: NaN or Ω hides a sum's other rows."""
    mild = f.variant(e, "mild", lambda: _mild(e))
    return [e] if mild is e else [e, mild]


def _mild(e: Example) -> Example:
    x = np.nan_to_num(e.x.astype(np.float64), posinf=1.0, neginf=-1.0)
    largest = np.abs(x).max(axis=-1, keepdims=True) if x.ndim > 1 else np.abs(x)
    if np.isfinite(e.x).all() and (largest <= 16).all():
        return e
    return e.with_first((x * (16 / np.maximum(largest, 16))).astype(e.fmt.dtype))


def _told(e: Example, base: Example) -> str:
    return "" if e is base else f"of {e.function.first} scaled to ±16"


@weight_law("weight-gradient-accuracy", _BCE, _CE, _LINEAR, _NLL, prefers=_some_ignored,
            says=_FORMS, bound=_BOUND, why=_of_weights)  # fmt: skip
def weight_gradient_accuracy(f: Examination, e: Example) -> Claims:
    """the gradient for weights is that of the formula, where the framework gives one

    [the chain rule; for the mean the quotient rule]
    Reveals a denominator taken as a constant, a weight that counts twice, a class left out.
    """
    yield from _accurate(f, e, "vjp_weight")


@pos_weight_law("pos-weight-gradient-accuracy", _BCE, why=_of_pos_weight)
def pos_weight_gradient_accuracy(f: Examination, e: Example) -> Claims:
    """∂ℓ/∂ρ = w y softplus(−x), summed if one ρ is for all

    Within the bound of the closed form; ρ = 0 and gradients of zeros alone are left out, as for
    weights. [the chain rule]
    Reveals a derivative that negatives have too, that lacks w or y, or has another sign.
    """
    yield from _accurate(f, e, "vjp_pos_weight")


@weight_law("weight-has-a-gradient", _BCE, _CE, _LINEAR, _NLL, level="should", bound="none")
def weight_has_a_gradient(f: Examination, e: Example) -> Claims:
    """where the exact gradient for the weights is not 0, the framework's is not all zeros

    A loss may take its weights as constants; but whoever trains them then gets zeros without a
    word. PyTorch's own losses raise instead, which counts as unsupported.
    [the definition: ℓ is linear in w]
    Reveals weights that are detached, None from a backward pass written by hand.
    """
    yield from _there(f, e, "vjp_weight")


@pos_weight_law("pos-weight-has-a-gradient", _BCE, level="should", bound="none")
def pos_weight_has_a_gradient(f: Examination, e: Example) -> Claims:
    """where the exact gradient for ρ is not 0, the framework's is not all zeros

    A loss may take ρ as a constant; but whoever trains it then gets zeros without a word.
    [the definition: ℓ is linear in ρ]
    Reveals a pos_weight that is detached, None from a backward pass written by hand.
    """
    yield from _there(f, e, "vjp_pos_weight")
