"""Inputs, adversarial by construction: designed examples of a subject first, then drawn ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.floats import Format
from conformance.inputs.compiled import CompiledRows
from conformance.inputs.elements import Elements
from conformance.inputs.projected import ProjectedRows
from conformance.inputs.row_maker import RowMaker
from conformance.inputs.rows import Rows
from conformance.model import Example, Function

__all__ = ["examples"]


def examples(
    function: Function,
    fmt: Format,
    *,
    effort: str,
    seed: int,
    programs: str | None,
    options: frozenset[str],
    layouts: tuple[str, ...],
    draws: int | None = None,
    built_in: Mapping[str, Any] | None = None,
    beside: bool = False,
) -> Iterator[Example]:
    """The examples of a subject: the same arguments give the same bytes.

    `effort` is quick, default or thorough; `programs` says how few shapes there are, each of them
    compiled anew: an effort, "beside" or "narrow" (see `palette`), None for any; `options` are
    those that the implementation accepts, `built_in` those of which it has one value, `layouts`
    those that its backend has. `draws` of them are drawn; None leaves it to the effort. `beside`:
    the same run has another format in full, so each size comes once, along one axis, and each set
    of options once.
    """
    rows: type[RowMaker] = Rows if programs is None else CompiledRows
    rows = ProjectedRows if function.matrix else rows
    kind = rows if function.rowwise else Elements
    made = kind(function, fmt, effort, seed, programs, options, layouts, built_in or {})
    made.beside = beside and programs is None
    yield from made.designed()
    yield from made.drawn(draws)
