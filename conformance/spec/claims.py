"""The claims that a check yields. They are measured in wide arithmetic; a check need not widen.

`where` masks the places that a claim is about. `at` is the example to show, if it is not the one
that the check was given; `what` says in words which of its claims this is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.model import Claim, Example

#: What a check is: claims, one after the other.
Claims = Iterator[Claim]


def equal(
    got: Any, want: Any, bound: Any, *, at: Example | None = None, where: Any = True, what: str = ""
) -> Claim:
    """|got − want| ≤ bound, elementwise; `want` is machine numbers or certified values."""
    return Claim("equal", got, want, bound, where, what, at)


def at_most(
    got: Any,
    want: Any,
    bound: Any = 0.0,
    *,
    at: Example | None = None,
    where: Any = True,
    what: str = "",
) -> Claim:
    """got ≤ want + bound."""
    return Claim("at_most", got, want, bound, where, what, at)


def at_least(got: Any, want: Any, bound: Any = 0.0, *, where: Any = True, what: str = "") -> Claim:
    """got ≥ want − bound."""
    return Claim("at_least", got, want, bound, where, what)


def same(
    got: Any, want: Any, *, at: Example | None = None, where: Any = True, what: str = ""
) -> Claim:
    """The same bits; NaN is equal to NaN, and −0 to +0."""
    return Claim("same", got, want, where=where, what=what, at=at)


def holds(
    got: Any, want: Any = True, *, at: Example | None = None, where: Any = True, what: str = ""
) -> Claim:
    """`got` is True everywhere; `want`, if given, is what it speaks of, to be shown."""
    return Claim("holds", got, want, where=where, what=what, at=at)


def note(what: str) -> Claim:
    """No verdict: `what` is said in the report of a may law."""
    return Claim("note", None, what=what)
