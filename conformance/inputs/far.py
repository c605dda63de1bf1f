"""What only a thorough examination has: more rows than one dimension of a CUDA grid counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from conformance.model import Example, View

if TYPE_CHECKING:
    from conformance.inputs.rows import Rows


def far(g: Rows) -> Iterator[Example]:
    """65,537 rows of few classes; and what the law on far rows puts beyond 2³¹ elements."""
    if g.effort != "thorough":
        return
    if g.compiling or g.fmt.bits < 64:
        g.turn += 1
        yield g._rows(65537, 2 if g.compiling else 33, View((65537,)), "batch of 65537", 0)
    if g.function.kind != "loss" and g.fmt.is_half:
        yield g._rows(2, 4096, View((2,)), "far")
