"""One call of a function of a file: which options it is given, plainly or under a derivative."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.backends import Native

How = Callable[[Callable[..., Native], Sequence[Native]], Native]


@dataclass(slots=True)
class Call:
    """A function of the file, the options it takes, and how it is called: plainly or derived."""

    function: Callable[..., Any]
    accepted: frozenset[str]
    how: How


def plainly(call: Callable[..., Native], natives: Sequence[Native]) -> Native:
    """The call as a user makes it. NotImplementedError for what is returned to say so."""
    made = call(*natives)
    if made is NotImplemented:
        raise NotImplementedError("returned NotImplemented")
    return made
