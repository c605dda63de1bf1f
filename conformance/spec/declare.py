"""Declaring laws: a declaration makes one law `function/name` for each function."""

from __future__ import annotations

import inspect
import re
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Unpack, cast

import numpy as np

from conformance.functions import FUNCTIONS
from conformance.model import Example, Function
from conformance.records.results import Level
from conformance.spec.law import Check, Law, Traits


def those(of: Callable[[Function], object]) -> tuple[str, ...]:
    """The names of the functions of which something is true, in the order of the spec."""
    return tuple(name for name, function in FUNCTIONS.items() if of(function))


ALL = tuple(FUNCTIONS)
ROWWISE = those(lambda f: f.rowwise)
AXED = those(lambda f: "axis" in f.options)
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
LOSSES = (*LOGITS, *PROBS, *LOGS, *those(lambda f: f.reduces and f.matrix))
#: What a law may need of a subject beside another function of the file.
NEEDS = (
    "vjp", "derived", "direction", "transformed", "device", "cpu", "far", "layouts", "no axis",
    "threads", "orders", "batches", "many", "forward", "uses", "graphs", "formats",
    "any option", "any number", "mapped",
)  # fmt: skip

_DECLARED: dict[str, Law] = {}

Words = str | Callable[[str], str] | Mapping[str, str]
When = Callable[[Example], bool]
#: What a docstring tells after its first paragraph: "Within BOUND. WHY [SOURCE] Reveals REVEALS."
_TOLD = re.compile(
    r"(?:Within (?P<bound>.+?)\.(?: |$))?(?P<why>.*?)(?: ?\[(?P<source>[^\[\]]*)\])?"
    r"(?: ?Reveals (?P<reveals>.*)\.)?"
)

_NONE_TOLD: dict[str, Words] = {
    "says": "", "bound": "none: exact", "why": "", "source": "", "reveals": "",
}  # fmt: skip


def law(
    name: str,
    *functions: str,
    level: Level = "must",
    says: Words = "",
    bound: Words = "",
    why: Words = "",
    source: str = "",
    reveals: Words = "",
    also: str = "",
    needs: str | tuple[str, ...] = (),
    when: When | tuple[When, ...] = (),
    **traits: Unpack[Traits],
) -> Callable[[Check], Check]:
    """Register a check as the law `function/name` of each function.

    What it says, its bound, derivation and source, and what it reveals stand in the docstring of
    the check, as docs/writing-a-law.md shows. Given here are texts that differ between functions (a
    mapping, or a function of the name) or that a family shares, unless the docstring has its own;
    `also` is a sentence that follows its derivation. `needs` names
    what a subject must have, separated by commas: one of `NEEDS`, another function, or an option
    that the function accepts. `traits` are other fields of `Law`. ValueError if an id is taken, or
    if nothing is called what the law needs.
    """
    names = tuple(needs.split(", ")) if isinstance(needs, str) else needs
    known = {option for function in FUNCTIONS.values() for option in function.options}
    if unknown := [n for n in names if n not in NEEDS and n not in FUNCTIONS and n not in known]:
        raise ValueError(f"law {name} needs {unknown}: no function, option or one of {NEEDS}")
    given: dict[str, Words] = {
        "says": says,
        "bound": bound,
        "why": why,
        "source": source,
        "reveals": reveals,
    }

    def register(check: Check) -> Check:
        told = {field: text for field, text in _told(check).items() if text}
        texts: dict[str, Words] = {**_NONE_TOLD, **{k: v for k, v in given.items() if v}, **told}
        texts["says"] = says or texts["says"]
        texts["why"] = f"{texts['why']} {also}".strip() if also else texts["why"]
        for function in functions:
            identity = f"{FUNCTIONS[function].slug}/{name}"
            words = {field: _words(text, function) for field, text in texts.items()}
            if identity in _DECLARED:
                raise ValueError(f"law {identity} is declared twice")
            _DECLARED[identity] = Law(
                id=identity,
                functions=(function,),
                level=level,
                check=check,
                needs=tuple(n for n in names if n not in known),
                options=tuple(n for n in names if n in known),
                when=_all(when) if isinstance(when, tuple) else when,
                says=words["says"],
                bound=words["bound"],
                why=words["why"],
                source=words["source"],
                reveals=words["reveals"],
                **traits,
            )
        return check

    return register


def _told(check: Check) -> dict[str, str]:
    """The texts of a docstring: what the law says, and after an empty line the others."""
    says, _, rest = inspect.cleandoc(check.__doc__ or "").partition("\n\n")
    told = _TOLD.fullmatch(" ".join(rest.split()))
    assert told is not None  # every part may be empty
    texts = {field: text or "" for field, text in told.groupdict().items()}
    return {**texts, "says": " ".join(says.split())}


@cache
def _all(conditions: tuple[When, ...]) -> When | None:
    """An example for which all conditions hold: one object for the same conditions."""
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    *others, last = conditions
    first = cast(When, _all(tuple(others)))
    return lambda e: first(e) and last(e)


def _words(words: Words, function: str) -> str:
    if isinstance(words, str):
        return words
    return words(function) if callable(words) else words[function]


def declared() -> dict[str, Law]:
    """All laws declared so far, by id."""
    return _DECLARED


def with_classes(e: Example, count: int, fill: float) -> Example:
    """The example with further classes, whose logits are `fill`, without mass or cotangent."""
    first, added = e.function.first, ((0, 0), (0, count))
    args: dict[str, Any] = {
        k: np.pad(v, added, constant_values=v.dtype.type(fill if k == first else 0))
        for k, v in e.args.items() if v.shape == e.x.shape
    }  # fmt: skip
    return e.but(**args)


def with_options(e: Example, **options: Any) -> Example:
    """The example with further or other options."""
    return e.but(options={**e.options, **options})


def without_options(e: Example, *names: str) -> Example:
    """The example without some options."""
    return e.but(options={k: v for k, v in e.options.items() if k not in names})


def turn_of(e: Example) -> int:
    """A number by which forms of an example take turns: of the first of its numbers."""
    return zlib.crc32(e.x.ravel()[: 256 // e.x.itemsize].tobytes())


def option(e: Example, name: str) -> Any:
    """An option of an example; None without it."""
    return e.options.get(name)


def array_options(e: Example) -> list[str]:
    """The options that are arrays."""
    return [k for k, v in e.options.items() if isinstance(v, np.ndarray) and v.ndim]
