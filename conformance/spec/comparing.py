"""Claims that two calls of one implementation agree: by the bound of one, or by those of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from conformance.floats import Array, same_bits
from conformance.kernels.failures import CallFailed
from conformance.model import Claim, Example
from conformance.spec.claims import Claims, equal
from conformance.spec.context import Examination

T = TypeVar("T")


def unchanged(
    f: Examination,
    e: Example,
    got: Example | Array,
    quantity: str = "value",
    *,
    at: Example | None = None,
    rows: Any = ...,
    where: Any = True,
    what: str = "",
) -> Claim:
    """Within 2B: the same numbers, called again or presented otherwise (`got`), give the same.

    Of an array of results, `at` is the example that gave it. `rows` are those of `e` that it has.
    """
    result = f.computed(got, quantity) if isinstance(got, Example) else got
    shown = got if isinstance(got, Example) else at
    want, bound = f.computed(e, quantity)[rows], 2 * f.bound(e, quantity)[rows]
    where = f.where(e, quantity)[rows] & where
    return equal(result, want, bound, where=where, what=what, at=shown)


def all_unchanged(
    f: Examination, pairs: Iterable[tuple[str, Example, Example | Array]], quantity: str
) -> Claims:
    """Of each pair, in words, that the second gives the same as the first: "value" or "vjp".

    Of pairs with the very same bits one is claimed, in which some are forced: more say no more.
    """
    told = False
    for words, e, got in pairs:
        alike = _have_one_result(f, e, got, quantity)
        if not (alike and told):
            yield unchanged(f, e, got, quantity, what=words)
            told |= alike and bool(f.where(e, quantity).any())


def _have_one_result(f: Examination, e: Example, got: Example | Array, quantity: str) -> bool:
    want, found = (
        f.result(e, quantity),
        f.result(got, quantity) if isinstance(got, Example) else got,
    )
    return found.dtype == want.dtype and same_bits(found, want)


def agree(
    f: Examination,
    e: Example,
    other: Example,
    quantity: str = "value",
    *,
    rows: Any = ...,
    where: Any = True,
    what: str = "",
) -> Claim:
    """Within B + B′: two examples whose exact values are the same, where that of `e` is forced."""
    want, bound = f.computed(e, quantity)[rows], f.bound(e, quantity)[rows]
    bound = bound + f.bound(other, quantity)
    where = f.where(e, quantity)[rows] & where
    return equal(f.computed(other, quantity), want, bound, where=where, what=what, at=other)


def both(f: Examination, *examples: Example, quantity: str = "value") -> Array:
    """Where the definition forces the values of all these examples."""
    where = f.where(examples[0], quantity)
    for e in examples[1:]:
        where = where & f.where(e, quantity)
    return where


def together(f: Examination, *examples: Example, quantity: str = "value") -> Array:
    """The sum of their bounds."""
    total = f.bound(examples[0], quantity)
    for e in examples[1:]:
        total = total + f.bound(e, quantity)
    return total


def attempted(call: Callable[[], T]) -> T | None:
    """What a call gives; None if it is refused by raising. CallFailed if it fails otherwise."""
    try:
        return call()
    except CallFailed as error:
        if error.kind != "raised":
            raise
        return None
