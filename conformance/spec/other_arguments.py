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
from conformance.model import Example
from conformance.numerics.bounds.projections import in_any_order
from conformance.numerics.intermediates import xlogy_free
from conformance.numerics.projections import BIAS
from conformance.spec.claims import Claims, equal
from conformance.spec.comparing import unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import LOGS, law, those, with_options
from conformance.spec.which import floating, mild

_MATRIX = those(lambda f: f.matrix)
#: With a gradient for labels; not of two probabilities, whose guards have an ε.
_LABELS = those(lambda f: "vjp_labels" in f.quantities and not f.probabilities)
_BY_LABELS = those(lambda f: "vjp_labels" in f.quantities)
#: Of an example; more says nothing more.
_LARGE = 4096
#: Of x − y: a framework forms the square of its exponential, which float16 has to hold.
_NEAR = 4
_WEIGHTS = ("weight", "pos_weight")
_WEIGHTED = those(lambda f: "vjp_weight" in f.quantities)
#: Of these a gradient by x depends on x; that of log p does not.
_CURVED = tuple(name for name in (*_LABELS, *_WEIGHTED) if name not in LOGS)
_SECOND, _Y = "logaddexp", "y"
_LAST = "vjp_labels"


def _names(e: Example) -> Iterator[str]:
    """The other arguments, and options that are arrays, by which an example has derivatives."""
    if e.function.name == _SECOND:
        yield _Y
    elif e.function.name in _BY_LABELS and floating(e) and e.labels.any():
        yield "labels"
    given = (e.function.matrix, BIAS, *_WEIGHTS)
    yield from (k for k in given if k and f"vjp_{k}" in e.function.quantities and _has(e, k))


def _with_others(e: Example) -> bool:
    """Small examples of finite numbers with such arguments, each row given for itself."""
    finite = mild(e) and not e.not_finite
    return finite and e.size <= _LARGE and e.repeats is None and any(_names(e))


def _with_tangents(e: Example) -> bool:
    """The same with one along which nothing is guarded: labels, a matrix, weights other than 0."""
    usual = (k for k in _names(e) if k not in _WEIGHTS or bool(e.options[k].all()))
    return _with_others(e) and any(usual)


def _with_distributions(e: Example) -> bool:
    """Rows with soft labels, by which more kernels have a gradient than by weights."""
    return "labels" in e.args and e.labels.ndim == 2


def _has(e: Example, name: str) -> bool:
    """True for an array that is not 0 throughout."""
    return isinstance(e.options.get(name), np.ndarray) and bool(e.options[name].any())


def _own(f: Examination, e: Example, name: str) -> Array:
    """The gradient for an argument. Unsupported where it is taken as a constant."""
    found = _given(f, e, name)
    if found is None:
        raise Unsupported(f"no gradient for {name}")
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


def _some_taken(f: Examination, e: Example) -> list[str]:
    """The same. Unsupported if there is none, so that another example has the turn."""
    if names := [*_taken(f, e)]:
        return names
    raise Unsupported("it has a gradient for its first argument only")


def _place(e: Example, name: str) -> int:
    """Its place among the arguments; behind them for an option."""
    arguments = e.function.arguments
    return arguments.index(name) if name in arguments else len(arguments)


def _called(
    f: Examination, e: Example, name: str, rule: str, given: Sequence[Any] = ()
) -> Array:  # fmt: skip
    """A derivative along an argument, by a rule that not every backend has."""
    derive = getattr(f.kernel.backend, rule, None)
    if derive is None:
        raise Unsupported("the backend has such derivatives by the first argument only")
    count, place = len(e.function.arguments), _place(e, name)

    def how(call: Callable[..., Native], natives: Sequence[Native]) -> Native:
        return derive(call, natives[:count], *natives[count:], name, place, *given)

    seen = f.kernel.observe_as(e, lambda _: how, gradient=rule != "jvp_along")
    return seen.result.astype(f.fmt.wide)


@law("forward-by-other-arguments", *dict.fromkeys((*_LABELS, *_WEIGHTED, *_MATRIX, _SECOND)),
     needs="derived, graphs, orders, forward", costs=12,
     when=_with_tangents)  # fmt: skip
def forward_by_other_arguments(f: Examination, e: Example) -> Claims:
    """⟨g, J a⟩ = ⟨Jᵀg, a⟩, J the derivative by another argument a: labels, weights, a matrix

    Within 2Σ|a|B + (4u + θ)Σ|a||Jᵀg| of that gradient, θ of all terms. Both sides are the same
    number. Refusing aloud is allowed. [Griewank & Walther, Evaluating Derivatives, 3.3]
    Reveals a tangent rule that forgets the tangents of other arguments, or has another factor.
    """
    for name in _some_taken(f, e):
        a, (gradient, error, forced) = _wide(f, e, name), _alone(f, e, name)
        terms, size = a * gradient, np.abs(a * gradient)
        theta = in_any_order(e.size, f.budget) + 4 * f.budget.u
        g = f.problem(e).cotangent
        bound = 2 * (np.abs(a) * error).sum() + theta * size.sum()
        where = forced & np.all(f.where(e)) & _guarded(e, name, a)
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


@law("gradients-together", *dict.fromkeys((*_BY_LABELS, *_WEIGHTED, *_MATRIX, _SECOND)),
     needs="derived, graphs", costs=6, when=_with_others)  # fmt: skip
def gradients_together(f: Examination, e: Example) -> Claims:
    """each gradient is the same, whether it is asked for alone or with those for all arguments

    Within 2B; of another argument a than the first, of the sum with 1 + |a|. A derivative by one
    argument does not depend on what else is asked for. Together they are added to the .grad that
    each argument has, as in a training loop of several batches.
    [the definition of a gradient; torch.autograd.Function: ctx.needs_input_grad; torch.Tensor.grad]
    Reveals a backward pass that leaves a gradient out, or takes another way for it, where several
    are asked for, or one alone; one that adds to .grad what it returns.
    """
    f.value(e)  # Unsupported: of labels that it does not take there is no derivative either
    alone = {name: found for name in _names(e) if (found := _given(f, e, name)) is not None}
    names = [*alone]
    pull = partial(_called, f, e, rule="pull_together", given=([(k, _place(e, k)) for k in names],))
    together = {name: pull(name).flat[0] for name in names}
    if not any(together.values()):
        _some_taken(f, e)  # Unsupported, if it has none alone either
    yield unchanged(f, e, pull(e.function.first), "vjp", what="beside others")
    for name, got in together.items():
        gradient, (bound, where) = alone[name], _limits(f, e, name)
        a = 1 + np.abs(_wide(f, e, name))
        theta = in_any_order(e.size, f.budget) + 4 * f.budget.u
        allowed = 2 * (a * bound).sum() + theta * (a * np.abs(gradient)).sum() + f.budget.a
        what = f"for {name}, beside that for {e.function.first}, against that alone"
        yield equal(got, (a * gradient).sum(), allowed, where=where, what=what)


def _given(f: Examination, e: Example, name: str) -> Array | None:
    """The gradient for an argument alone, be it 0 throughout; None if it is refused."""
    with suppress(Unsupported):
        return f.derived(e, _LAST if name in (_Y, "labels") else f"vjp_{name}")
    return None


def _alone(f: Examination, e: Example, name: str) -> tuple[Array, Array, Any]:
    """The gradient for an argument, its bound, and whether all of it is forced."""
    return _own(f, e, name), *_limits(f, e, name)


def _limits(f: Examination, e: Example, name: str) -> tuple[Array, Any]:
    """The bound of the gradient for an argument, and whether all of it is forced."""
    if name == _Y:
        turned = e.but(x=e.args[_Y], y=e.x)
        return f.bound(turned, "vjp"), np.all(f.where(turned, "vjp"))
    quantity = _LAST if name == "labels" else f"vjp_{name}"
    return f.bound(e, quantity), np.all(f.where(e, quantity))


mixed_law = partial(
    law, needs="derived, graphs, orders", costs=18,
    source="Schwarz's theorem; Euler's theorem on homogeneous functions",
    reveals="a gradient for another argument that keeps no graph, or takes the first one as a "
    "constant; a gradient for the first that takes weights as constants",
)  # fmt: skip


@mixed_law("other-gradients-again", *dict.fromkeys((*_CURVED, *_MATRIX, _SECOND)),
           when=_with_others, prefers=_with_distributions)  # fmt: skip
def other_gradients_again(f: Examination, e: Example) -> Claims:
    """∂⟨∂ℓ/∂a, a⟩/∂x is ∂ℓ/∂x less that of a = 0, a being labels or weights; of W, + ∂²ℓ/∂h²·h

    Within the bounds of all that is compared, twice. ℓ is affine in labels and weights, and a mean
    over weights has degree 0, so that there it is 0; ⟨∂ℓ/∂W, W⟩ = ⟨∂ℓ/∂h, h⟩, also where that is
    differentiated by W; a bias is a column of W beside ones in h; of logaddexp it is −∂²L/∂x²·y.
    The other order of the two has the same number. Refusing aloud is allowed, and so is a gradient
    of x without a graph.
    """
    names, first = _some_taken(f, e), e.function.first
    beside = [(name, _place(e, name)) for name in names]
    for name in names:
        again = partial(_called, f, e, name, "hvp_along")
        want, bound, where = _expected(f, e, name)
        guarded = np.all(_guarded(e, name, _wide(f, e, name)))
        where = where & np.isfinite(want) & guarded & _moderate(f, e)
        got = again(["", beside])
        yield equal(got, want, bound, where=where, what=f"by {first} after {name}")
        number, allowed, forced = _turned(f, e, want, bound)
        got = again(["turned", beside]).flat[0]
        yield equal(got, number, allowed, where=np.all(where) & forced,
                    what=f"by {name} after {first}")  # fmt: skip
        if name in (e.function.matrix, BIAS, _Y):
            number, allowed, forced = _by_itself(f, e, name)
            got = again(["own", beside]).flat[0]
            yield equal(got, number, allowed, where=forced, what=f"by {name} after {name}")


def _turned(f: Examination, e: Example, along: Array, bound: Array) -> tuple[Any, Any, Any]:
    """The same number the other way round: the gradient for x first, in its sum with x."""
    x = f.problem(e).x
    terms, size = x * along, np.abs(x * f.vjp(e)).sum()
    theta = in_any_order(e.size, f.budget) + 4 * f.budget.u
    allowed = (np.abs(x) * bound).sum() + theta * size + f.budget.a
    return terms.sum(), allowed, np.isfinite(terms.sum()) & (size <= f.fmt.largest / 4)


def _moderate(f: Examination, e: Example) -> Any:
    """True if a difference of two numbers times the cotangent, as labels have it, is in the format.

    What scales it down, such as smoothing, may come after.
    """
    p = f.problem(e)
    largest = f.fmt.largest / 4 / np.abs(p.cotangent).max(initial=1)
    return p.up_to(largest).all()


def _by_itself(f: Examination, e: Example, name: str) -> tuple[Any, Any, Any]:
    """The second derivative by an argument alone, twice along itself: a number."""
    along, h = _as_first(f, e, name)
    terms, size = h * f.exact(along, "hvp").wide, np.abs(h) * f.bound(along, "hvp")
    p = f.problem(e)
    where = np.all(f.where(along, "hvp") & np.isfinite(terms)) & p.up_to(f.fmt.largest / 4).all()
    if name == _Y:
        where = where & (np.abs(p.x - h) <= _NEAR).all()
    theta = 2 + in_any_order(e.size, f.budget) / (8 * f.budget.u)
    bound = theta * size.sum() + 4 * f.budget.u * np.abs(terms).sum() + f.budget.a
    return terms.sum(), bound, where


def _as_first(f: Examination, e: Example, name: str) -> tuple[Example, Array]:
    """An example whose second derivative by its first argument is that by another one; along it."""
    if name == _Y:
        other = e.but(x=e.args[_Y], y=e.x, direction=e.args[_Y])
    elif name == BIAS:
        other = _augmented(f, e)
    else:
        other = e.but(direction=e.x)
    return other, f.problem(other).widened(other.args["direction"])


def _augmented(f: Examination, e: Example) -> Example:
    """The bias as a column of the matrix beside a column of ones, and the direction of these."""
    W, ones = e.options[e.function.matrix], np.ones((len(e.x), 1), e.x.dtype)
    options = {k: v for k, v in e.options.items() if k != BIAS}
    options[e.function.matrix] = np.concatenate([W, e.options[BIAS][:, np.newaxis]], axis=1)
    args: dict[str, Any] = {e.function.first: np.concatenate([e.x, ones], axis=1)}
    args["direction"] = np.concatenate([np.zeros_like(e.x), ones], axis=1)
    return f.variant(e, "augmented", lambda: e.but(options=options, **args))


def _expected(f: Examination, e: Example, name: str) -> tuple[Array, Array, Array]:
    """What ∂⟨∂ℓ/∂a, a⟩/∂x is, its bound, and where that is forced."""
    if name == _Y:
        along = e.but(direction=e.args[_Y])
        p = f.problem(e)
        near = np.abs(p.x - _wide(f, e, _Y)) <= _NEAR  # e^(x − y) squared stays in the format
        fine = f.where(along, "hvp") & p.up_to(f.fmt.largest / 4) & near
        return -f.computed(along, "hvp"), 2 * f.bound(along, "hvp"), fine
    if name == BIAS:
        along = _augmented(f, e)
        theta = 2 + in_any_order(len(e.x), f.budget) / (8 * f.budget.u)
        want, bound = f.exact(along, "hvp").wide, theta * f.bound(along, "hvp")
        return want[:, :-1], bound[:, :-1], f.where(along, "hvp")
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
