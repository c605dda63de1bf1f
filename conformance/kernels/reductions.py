"""Losses without a `reduction` option: do they give the mean, or the loss of each row?"""

from __future__ import annotations

from dataclasses import replace

from conformance.functions import FUNCTIONS
from conformance.kernels.calling import Kernel
from conformance.model import Implementation, Subject


def with_own_reduction(implementation: Implementation, subject: Subject) -> Implementation:
    """The implementation, with reduction="none" built in if that is what its loss gives.

    A loss without the option gives the mean, as the interface says; one whose plain result has the
    batch's shape gives the loss of each row, and is examined so.
    """
    name = subject.function
    built_in = implementation.built_in.get(name, {})
    options = implementation.options.get(name, frozenset())
    if not FUNCTIONS[name].reduces or "reduction" in {*options, *built_in}:
        return implementation
    if not Kernel(implementation, name, "eager", subject.device).limits.gives_rows(subject.dtype):
        return implementation
    each = {name: {**built_in, "reduction": "none"}}
    other = replace(implementation, built_in={**implementation.built_in, **each})
    plain = Kernel(other, name, "eager", subject.device).limits.plain
    return other if plain(subject.dtype) is not None else implementation
