"""Declaring laws: a declaration makes one law `function/name` for each function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.functions import FUNCTIONS
from conformance.model import Example, Function
from conformance.records.results import Level
from conformance.spec.law import Check, Law


def those(of: Callable[[Function], object]) -> tuple[str, ...]:
    """The names of the functions of which something is true, in the order of the spec."""
    return tuple(name for name, function in FUNCTIONS.items() if of(function))


ALL = tuple(FUNCTIONS)
ROWWISE = those(lambda f: f.rowwise)
UNARY = those(lambda f: f.unary)
#: With a second derivative.
TWICE = those(lambda f: "hvp" in f.quantities)
#: Of rows of logits: those without labels, and all.
SOFT = those(lambda f: f.rowwise and not f.labelled)
CLASSES = those(lambda f: f.rowwise and f.from_logits)
#: With class indices as labels.
INDICES = those(lambda f: f.rowwise and f.labelled)
#: Losses, from logits, from probabilities and from their logarithms.
LOGITS = those(lambda f: f.reduces and f.from_logits)
PROBS = those(lambda f: f.reduces and f.probabilities)
LOGS = those(lambda f: f.reduces and f.logarithms)
LOSSES = (*LOGITS, *PROBS, *LOGS)

#: What a law may need of a subject beside another function of the file.
NEEDS = (
    "vjp", "derived", "direction", "transformed", "device", "cpu", "far", "layouts", "no axis",
    "threads", "orders",
)  # fmt: skip

_DECLARED: dict[str, Law] = {}

Words = str | Callable[[str], str] | Mapping[str, str]


def law(
    name: str,
    *functions: str,
    level: Level = "must",
    says: Words,
    bound: Words = "none: exact",
    why: Words = "",
    source: str = "",
    reveals: str,
    needs: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
    when: Callable[[Example], bool] | None = None,
    formats: tuple[str, ...] = (),
    costs: int = 0,
    reshapes: bool = False,
    empties: bool = False,
    least: int = 1,
    apart: bool = False,
    prefers: Callable[[Example], bool] | None = None,
    hungry: bool = False,
    vast: bool = False,
    limit: str = "",
    large: bool = False,
    corollary: bool = False,
    masked: bool = False,
) -> Callable[[Check], Check]:
    """Register a check as the law `function/name` of each function.

    Texts may be given per function, as a mapping or as a function of the name. ValueError if an
    id is taken, or if nothing is called what the law needs.
    """
    if unknown := [need for need in needs if need not in NEEDS and need not in FUNCTIONS]:
        raise ValueError(f"law {name} needs {unknown}: neither a function nor one of {NEEDS}")

    def register(check: Check) -> Check:
        for function in functions:
            clause = f"{FUNCTIONS[function].slug}/{name}"
            if clause in _DECLARED:
                raise ValueError(f"law {clause} is declared twice")
            _DECLARED[clause] = Law(
                id=clause,
                functions=(function,),
                level=level,
                says=_words(says, function),
                bound=_words(bound, function),
                why=_words(why, function),
                source=source,
                reveals=reveals,
                check=check,
                needs=needs,
                options=options,
                when=when,
                formats=formats,
                costs=costs,
                reshapes=reshapes,
                empties=empties,
                least=least,
                apart=apart,
                prefers=prefers,
                hungry=hungry,
                vast=vast,
                limit=limit,
                large=large,
                corollary=corollary,
                masked=masked,
            )
        return check

    return register


def _words(words: Words, function: str) -> str:
    if isinstance(words, str):
        return words
    return words(function) if callable(words) else words[function]


def declared() -> dict[str, Law]:
    """All laws declared so far, by id."""
    return _DECLARED


def with_options(e: Example, **options: Any) -> Example:
    """The example with further or other options."""
    return e.but(options={**e.options, **options})


def option(e: Example, name: str, default: Any = None) -> Any:
    """An option of an example."""
    return e.options.get(name, default)
