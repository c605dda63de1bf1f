"""Derivatives by other arguments than the first: in forward mode, and differentiated again.

Each is taken along the argument itself: what a loss is linear in, it is of its own gradient too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from conformance.backends import Native, Unsupported
from conformance.floats import Array
from conformance.model import Claim, Example
from conformance.numerics.bounds.projections import in_any_order
from conformance.numerics.intermediates import xlogy_free
from conformance.spec.claims import Claims, equal
from conformance.spec.context import Examination
from conformance.spec.declare import LOGS, law, those, with_options
from conformance.spec.which import floating, mild

_MATRIX = those(lambda f: f.matrix)
#: With a gradient for labels; not of two probabilities, whose guards have an ε.
_LABELS = those(lambda f: "vjp_labels" in f.quantities and not f.probabilities)
#: Of an example; more says nothing more.
_LARGE = 4096
#: Of x − y: a framework forms the square of its exponential, which float16 has to hold.
_NEAR = 4
_WEIGHTS = ("weight", "pos_weight")
_WEIGHTED = those(lambda f: "vjp_weight" in f.quantities)
_CE = "cross_entropy_with_logits"
#: Of these a gradient by x depends on x, that of log p does not; the labels of the other are met
#: by the law of its mixed derivative.
_CURVED = tuple(name for name in (*_LABELS, *_WEIGHTED) if name not in (*LOGS, _CE))
_SECOND = "logaddexp"
_LAST = "vjp_labels"


def _names(e: Example) -> Iterator[str]:
    """The other arguments, and options that are arrays, by which an example has derivatives."""
    if e.function.name == _SECOND:
        yield "y"
    elif e.function.name in _LABELS and floating(e) and e.labels.any():
        yield "labels"
    given = (e.function.matrix, *_WEIGHTS)
    yield from (k for k in given if k and f"vjp_{k}" in e.function.quantities and _has(e, k))


def _with_others(e: Example) -> bool:
    """Small examples of finite numbers with such arguments, each row given for itself."""
    finite = mild(e) and bool(np.isfinite(e.x.astype(np.float64)).all())
    return finite and e.size <= _LARGE and e.repeats is None and any(_names(e))


def _has(e: Example, name: str) -> bool:
    """True for an array that is not 0 throughout."""
    return isinstance(e.options.get(name), np.ndarray) and bool(e.options[name].any())


def _own(f: Examination, e: Example, name: str) -> Array:
    """The gradient for an argument. Unsupported where it is taken as a constant."""
    found = f.derived(e, _LAST if name in ("y", "labels") else f"vjp_{name}")
    if not found.any():
        raise Unsupported(f"the gradient for {name} is 0 throughout: it is taken as a constant")
    return found


def _taken(f: Examination, e: Example) -> Iterator[str]:
    """Those by which it has a gradient: where it has none, other examples may tell of others."""
    f.value(e)  # Unsupported: of labels that it does not take there is no derivative either
    for name in _names(e):
        found = None
        with suppress(Unsupported):
            found = _own(f, e, name)
        if found is not None:
            yield name


def _called(f: Examination, e: Example, name: str, rule: str, **given: bool) -> Array:
    """A derivative along an argument, by a rule that not every backend has."""
    derive = getattr(f.kernel.backend, rule, None)
    if derive is None:
        raise Unsupported("the backend has such derivatives by the first argument only")
    arguments = e.function.arguments
    place = arguments.index(name) if name in arguments else len(arguments)

    def how(call: Callable[..., Native], natives: Sequence[Native]) -> Native:
        count = len(arguments)
        return derive(call, natives[:count], *natives[count:], name, place, **given)

    seen = f.kernel.observe_as(e, lambda _: how, gradient=rule == "hvp_along")
    return seen.result.astype(f.fmt.wide)


@law("forward-by-other-arguments", *dict.fromkeys((*_LABELS, *_WEIGHTED, *_MATRIX, _SECOND)),
     needs="derived, graphs, orders, forward", costs=12,
     when=_with_others)  # fmt: skip
def forward_by_other_arguments(f: Examination, e: Example) -> Claims:
    """⟨g, J a⟩ = ⟨Jᵀg, a⟩, J the derivative by another argument a: labels, weights, a matrix

    Within 2Σ|a|B + (4u + θ)Σ|a||Jᵀg| of that gradient, θ of all terms. Both sides are the same
    number. Refusing aloud is allowed. [Griewank & Walther, Evaluating Derivatives, 3.3]
    Reveals a tangent rule that forgets the tangents of other arguments, or has another factor.
    """
    for name in _taken(f, e):
        quantity = _LAST if name in ("y", "labels") else f"vjp_{name}"
        a, gradient = _wide(f, e, name), _own(f, e, name)
        turned = e.but(x=e.args["y"], y=e.x) if name == "y" else e
        of = "vjp" if name == "y" else quantity
        terms, size = a * gradient, np.abs(a * gradient)
        theta = in_any_order(e.size, f.budget) + 4 * f.budget.u
        g = f.problem(e).cotangent
        bound = 2 * (np.abs(a) * f.bound(turned, of)).sum() + theta * size.sum()
        where = np.all(f.where(turned, of)) & np.all(f.where(e)) & _guarded(e, name, a)
        smallest = min(1.0, float(np.abs(g[g != 0]).min(initial=1)))
        where = where & (size.sum() <= f.fmt.largest / 4 * smallest)
        got = xlogy_free(g, _called(f, e, name, "jvp_along")).sum()
        yield equal(got, terms.sum(), bound + f.budget.a * (1 + np.abs(g).sum() + np.abs(a).sum()),
                    where=where, what=f"along {name}")  # fmt: skip


def _wide(f: Examination, e: Example, name: str) -> Array:
    array = e.options[name] if name in e.options else e.array(name)
    return np.asarray(np.asarray(array).astype(f.fmt.wide))


def _guarded(e: Example, name: str, a: Array) -> Any:
    """False where a guard against 0·log 0 may be constant: of weights 0, and of labels 0 and 1.

    Along labels that are 0 nothing moves; 1 − y is guarded too.
    """
    if name in _WEIGHTS:
        return (a != 0).all()
    return name != "labels" or e.function.rowwise or ((a != 0) & (a != 1)).all()


mixed_law = partial(
    law, needs="derived, graphs, orders", costs=18,
    source="Schwarz's theorem; Euler's theorem on homogeneous functions",
    reveals="a gradient for another argument that keeps no graph, or takes the first one as a "
    "constant; a gradient for the first that takes weights as constants",
)  # fmt: skip


@mixed_law("other-gradients-again", *dict.fromkeys((*_CURVED, *_MATRIX, _SECOND)),
           when=_with_others)  # fmt: skip
def other_gradients_again(f: Examination, e: Example) -> Claims:
    """∂⟨∂ℓ/∂a, a⟩/∂x is ∂ℓ/∂x less that of a = 0, a being labels or weights; of W, + ∂²ℓ/∂h²·h

    Within the bounds of all that is compared, twice. ℓ is affine in labels and weights, and a mean
    over weights has degree 0, so that there it is 0; ⟨∂ℓ/∂W, W⟩ = ⟨∂ℓ/∂h, h⟩; of logaddexp it is
    −∂²L/∂x²·y. Refusing aloud is allowed, and so is a gradient of x without a graph.
    """
    for name in _taken(f, e):
        want, bound, where = _expected(f, e, name)
        where = where & np.isfinite(want) & np.all(_guarded(e, name, _wide(f, e, name)))
        got = _called(f, e, name, "hvp_along")
        yield equal(got, want, bound, where=where, what=f"by {e.function.first} after {name}")
        if name in _WEIGHTS:
            yield _turned(f, e, name, want, bound, np.all(where))


def _turned(
    f: Examination, e: Example, name: str, own: Array, bound: Array, where: Any
) -> Claim:  # fmt: skip
    """The same number the other way round: the gradient for x first, in its sum with x."""
    x = f.problem(e).x
    terms, size = x * own, np.abs(x * f.vjp(e)).sum()
    theta = in_any_order(e.size, f.budget) + 4 * f.budget.u
    allowed = (np.abs(x) * bound).sum() + theta * size + f.budget.a
    where = where & np.isfinite(terms.sum()) & (size <= f.fmt.largest / 4)
    got = _called(f, e, name, "hvp_along", turned=True).flat[0]
    return equal(got, terms.sum(), allowed, where=where, what=f"by {name} after {e.function.first}")


def _expected(f: Examination, e: Example, name: str) -> tuple[Array, Array, Array]:
    """What ∂⟨∂ℓ/∂a, a⟩/∂x is, its bound, and where that is forced."""
    if name == "y":
        along = e.but(direction=e.args["y"])
        p = f.problem(e)
        near = np.abs(p.x - _wide(f, e, "y")) <= _NEAR  # e^(x − y) squared stays in the format
        fine = f.where(along, "hvp") & p.up_to(f.fmt.largest / 4) & near
        return -f.computed(along, "hvp"), 2 * f.bound(along, "hvp"), fine
    want, bound, where = f.vjp(e), 2 * f.bound(e, "vjp"), f.where(e, "vjp")
    if name == e.function.matrix:
        along = e.but(direction=e.x)
        theta = 2 + in_any_order(len(e.x), f.budget) / (8 * f.budget.u)
        bound = theta * (f.bound(e, "vjp") + f.bound(along, "hvp"))
        return want + f.computed(along, "hvp"), bound, where & f.where(along, "hvp")
    if name == "weight" and e.function.rowwise and e.reduction == "mean":
        return np.zeros_like(want), 2 * bound, where
    if name == "weight":
        return want, bound, where
    less = _without(e, name)
    return want - f.vjp(less), bound + 2 * f.bound(less, "vjp"), where & f.where(less, "vjp")


def _without(e: Example, name: str) -> Example:
    """The example with zeros for an argument."""
    if name == "labels":
        return e.but(labels=np.zeros_like(e.labels))
    return with_options(e, **{name: np.zeros_like(e.options[name])})
