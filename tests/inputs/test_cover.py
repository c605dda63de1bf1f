"""Any three options of a loss meet in some example, with every reduction and kind of labels.

A kernel may forget one of them beside two others. Those are left out of which the spec says that
they are conventions, and a cap beside a temperature, which has laws of its own.
"""

from __future__ import annotations

from itertools import combinations, product

import pytest

from conformance import backends
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.inputs import examples
from conformance.kernels.layouts import layouts
from conformance.model import Example

Level = tuple[str, str]
#: Pairs whose result is a convention, or is asked for by laws of their own.
_APART: tuple[frozenset[Level], ...] = tuple(
    map(
        frozenset,
        (
            {("where", "given"), ("label_smoothing", "given")},
            {("z_loss", "given"), ("weight", "given")},
            {("softcap", "given"), ("temperature", "given")},
            {("ignore_index", "given"), ("labels", "soft")},
            {("weight", "given"), ("labels", "soft"), ("reduction", "mean")},
            {("where", "given"), ("labels", "soft"), ("reduction", "mean")},  # 0·log 0 in all
            {("where", "given"), ("labels", "soft"), ("reduction", "sum")},
        ),
    )
)
#: What has a value for every call, so that each value of it is to meet the others.
_ALWAYS = {"reduction": ("none", "mean", "sum"), "labels": ("index", "soft")}
_WITHOUT_LABELS = ("axis", "keepdims")


def _made(function: str) -> list[Example]:
    options = frozenset(FUNCTIONS[function].options)
    made = examples(
        FUNCTIONS[function], FORMATS["float32"], effort="default", seed=0, programs=None,
        options=options, layouts=layouts(backends.get("numpy")), draws=0,
    )  # fmt: skip
    return [e for e in made if e.size and not e.family.startswith("all ignored")]


def _levels(e: Example) -> set[Level]:
    """The options that are at work in an example: none that is as good as left out."""
    given = {name for name, value in e.options.items() if _at_work(name, value)}
    found = {(name, "given") for name in given - {"reduction"}} | {("reduction", e.reduction)}
    if e.function.rowwise and not e.function.indexed:
        found.add(("labels", "index" if e.labels.ndim == 1 else "soft"))
    if len(e.view.batch) > 2 - e.function.rowwise:
        found.add(("axes", "given"))
    return found


def _at_work(name: str, value: object) -> bool:
    if name == "temperature":
        return abs(float(value) - 1) > 0.1  # type: ignore[arg-type]
    return value is not None and (name != "label_smoothing" or bool(value))


def _wanted(function: str) -> set[frozenset[Level]]:
    """Each three of what may be given together."""
    spec = FUNCTIONS[function]
    always = (
        dict(_ALWAYS) if spec.rowwise and not spec.indexed else {"reduction": _ALWAYS["reduction"]}
    )
    names = [
        *always,
        "axes",
        *(n for n in spec.options if n not in ("reduction", *_WITHOUT_LABELS)),
    ]
    if spec.matrix:
        names.remove("axes")
    found = set()
    for three in combinations(names, 3):
        for values in product(*(always.get(name, ("given",)) for name in three)):
            levels = frozenset(zip(three, values, strict=True))
            if not any(apart <= levels for apart in _APART):
                found.add(levels)
    return found


@pytest.mark.parametrize(
    "function",
    [name for name, f in FUNCTIONS.items() if f.labelled and f.reduces and len(f.options) > 2],
)
def test_any_three_options_meet(function: str) -> None:
    made = [_levels(e) for e in _made(function)]
    made = [levels for levels in made if not any(apart <= levels for apart in _APART)]
    missing = {three for three in _wanted(function) if not any(three <= levels for levels in made)}
    assert not missing, sorted(sorted(" ".join(level) for level in three) for three in missing)
