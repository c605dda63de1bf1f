"""The kinds of limits that an implementation may have, and the law that speaks of each."""

from __future__ import annotations

#: Kind of limit -> the law that speaks of it; empty where no law asks for it.
KINDS: dict[str, str] = {
    "formats": "takes-its-formats",
    "modes": "takes-its-modes",
    "layouts": "takes-any-layout",
    "memory": "takes-any-memory",
    "axes": "takes-every-axis",
    "ranks": "takes-every-rank",
    "one-class": "takes-one-class",
    "sizes": "takes-every-size",
    "empty": "takes-an-empty-batch",
    "options": "takes-its-options",
    "reductions": "",
    "numbers": "takes-every-number",
    "labels": "takes-any-labels",
    "derivatives": "is-differentiable",
    "training": "",
    "space": "",
    "time": "",
}
#: Kinds of which a law says only what is done.
TOLD = ("memory", "labels")


def law_of(kind: str) -> str:
    """The name of the law that speaks of a kind of limits; empty if none does."""
    return KINDS.get(kind, "")
