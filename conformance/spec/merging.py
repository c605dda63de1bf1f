"""Partial logsumexps merged by logaddexp: ties, infinities, and any split of a row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.floats import Array
from conformance.functions import FUNCTIONS
from conformance.model import Example
from conformance.numerics.exact import certified
from conformance.spec.claims import Claims, at_least, equal, same
from conformance.spec.comparing import unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import law

_NAME = "logaddexp"
#: So many logits of an example are merged, in a tree, of no larger ones.
_MERGED, _LARGEST = 32, 4096


def _pair(e: Example) -> tuple[Array, Array]:
    """Both arguments in extended precision."""
    return e.x.astype(e.fmt.wide), e.args["y"].astype(e.fmt.wide)


@law("merges-infinities", _NAME)
def merges_infinities(f: Examination, e: Example) -> Claims:
    """NaN beside anything is NaN, +∞ else +∞; −∞ and y is y, and −∞ twice −∞

    y itself, of which a subnormal number may be flushed. The limits of log(e^x + e^y): e^−∞ = 0.
    [C23 F.10.3.1; numpy.logaddexp, SciPy, JAX]
    Reveals −∞ − −∞ = NaN: a block that is all masked spoils what it is merged with.
    """
    x, y = _pair(e)
    limit = np.where(np.isnan(x) | np.isnan(y), np.nan, np.maximum(x, y))
    open_ended = ~(np.isfinite(x) & np.isfinite(y))
    tiny = np.abs(limit) < e.fmt.omega
    yield same(f.value(e), limit, where=open_ended & ~tiny)


@law("at-least-the-larger", _NAME, corollary=True)
def at_least_the_larger(f: Examination, e: Example) -> Claims:
    """logaddexp(x, y) ≥ max(x, y)

    log(1 + e^−|d|) ≥ 0 and rounding is monotone: fl(m + l) ≥ m. A subnormal m may be flushed.
    [IEEE 754-2019, 4.3]
    Reveals x + softplus(y − x), a merge that takes the smaller maximum.
    """
    m = np.maximum(*_pair(e))
    yield at_least(
        f.value(e), m, np.where(np.abs(m) < e.fmt.omega, f.budget.a, 0), where=f.where(e)
    )


@law("order-of-two-does-not-matter", _NAME, costs=1)
def order_of_two_does_not_matter(f: Examination, e: Example) -> Claims:
    """logaddexp(y, x) = logaddexp(x, y)

    Within 2B. e^x + e^y = e^y + e^x. [the definition]
    Reveals a shift by the first argument instead of the larger one.
    """
    turned = e.but(x=e.args["y"], y=e.x)
    yield equal(f.value(turned), f.value(e), 2 * f.bound(e), where=f.where(e), at=turned)


@law("one-array-twice", _NAME, costs=2)
def one_array_twice(f: Examination, e: Example) -> Claims:
    """logaddexp(x, x), of one array, is that of two equal ones: x + log 2

    Within 2B. A result depends on numbers, not on which array has them. [the definition]
    Reveals a short way for one object, or for one memory, that forgets log 2.
    """
    two = e.but(y=e.x)
    seen = f.kernel.observe_as(two, lambda how: lambda call, given: how(call, [given[0]] * 2))
    yield unchanged(f, two, seen.result, what="one array for both", at=two)


@law("gradient-by-the-second", _NAME, needs="derived", costs=1)
def gradient_by_the_second(f: Examination, e: Example) -> Claims:
    """∂L/∂y·g = g σ(y − x), at ties g/2

    Within B of the gradient with both exchanged. The definition is symmetric. [the chain rule]
    Reveals ties that count for the first alone, or for both in full.
    """
    turned = e.but(x=e.args["y"], y=e.x)
    want, bound = f.exact(turned, "vjp"), f.bound(turned, "vjp")
    yield equal(f.computed(e, "vjp_labels"), want, bound, where=f.where(turned, "vjp"))


@law("is-logsumexp-of-the-pair", _NAME, needs="logsumexp", costs=1, reshapes=True)
def is_logsumexp_of_the_pair(f: Examination, e: Example) -> Claims:
    """logaddexp(x, y) = logsumexp([x, y])

    Within B + B′. Both are within their bounds of one value. [the definition]
    Reveals an inconsistent pair.
    """
    g, pair = f.beside(e, "logsumexp", x=np.stack([e.x, e.args["y"]], axis=-1))
    bound = f.bound(e) + g.bound(pair)
    yield equal(f.value(e), g.value(pair), bound, where=f.where(e) & g.right(pair))


@law("merges-any-split", _NAME, costs=5, when=lambda e: _MERGED <= e.size <= _LARGEST)
def merges_any_split(f: Examination, e: Example) -> Claims:
    """logsumexps of parts, merged by pairs, are the logsumexp of the whole, ties and −∞ among them

    Within ΣB of the merges on the way to the root. Sums nest, and an error of a part enters a merge
    with a weight p ≤ 1. [the definition: e^L sums]
    Reveals a merge without rescaling, a part that is lost or counts twice.
    """
    row = np.resize(e.x[np.isfinite(e.x.astype(float))], _MERGED).astype(e.fmt.dtype)
    row[1::8], row[_MERGED // 2] = -np.inf, row[0]
    exact = FUNCTIONS["logsumexp"].quantities["value"].exact
    hi, lo = certified(exact, {"x": row[None]}, {})
    spent = np.zeros((), e.fmt.wide)
    for part in _merges(f, e, row):
        spent = spent + np.where(f.where(part), f.bound(part), 0).max()
        merged = f.value(part)[:1]
    want = hi.astype(e.fmt.wide) + lo
    fine = np.abs(want) + spent < e.fmt.largest
    yield equal(merged, want, spent, where=fine & np.isfinite(want), at=part)


def _merges(f: Examination, e: Example, row: Array) -> Iterator[Example]:
    """Each level of the tree, of which the next merges the results; −∞ twice beside them.

    All have the example's shape, for which a program is compiled anyway.
    """
    while len(row) > 1:
        half = len(row) // 2
        pairs = np.full((2, len(e.x)), -np.inf).astype(e.fmt.dtype)
        pairs[:, :half] = row.reshape(2, half)
        part = e.but(x=pairs[0], y=pairs[1])
        yield part
        row = f.value(part)[:half].astype(e.fmt.dtype)
