"""Losses from logits under the name of those from probabilities, as PyTorch and many files have it.

The name of the first parameter tells, or, where it does not, two small calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from conformance.backends import Backend
from conformance.floats import FORMATS, Array
from conformance.functions import FUNCTIONS
from conformance.kernels.parameters import parameters
from conformance.model import Implementation
from conformance.objects import synonyms
from conformance.objects.recognising import answer, matching

#: The loss from probabilities -> the one from logits.
_FROM_LOGITS = {name: other for name in FUNCTIONS if (other := f"{name}_with_logits") in FUNCTIONS}
_PROBABILITIES = ("prob", "prediction")
#: What two losses of the same numbers are told apart by, in 16 bits too.
_ROUGHLY = 0.02


def meant(found: Implementation) -> dict[str, str]:
    """The names of a file that mean another function of the spec -> that function, or its gradient.

    A second definition of what the file has by its own name means nothing: "".
    """
    said: dict[str, str] = {}
    for name, other in _FROM_LOGITS.items():
        dtype = (found.dtypes or ("float32",))[0]
        if name in found.functions and means(name, found.functions[name], found.backend, dtype):
            said[name] = "" if other in found.functions else other
            if name in found.gradients:
                said[f"{name}_vjp"] = said[name] and f"{other}_vjp"
    return said


def means(name: str, function: Callable[..., Any], backend: Backend, dtype: str = "float32") -> str:
    """The loss from logits that a function of this name is; empty if it is what its name says.

    What its first argument is called tells, or what it computes.
    """
    if name not in _FROM_LOGITS:
        return ""

    def call(arrays: list[Array]) -> Array | None:
        given = [a if a.dtype == int else a.astype(FORMATS[dtype].dtype) for a in arrays]
        return answer(backend, function, given, backend.devices()[0])

    known = [p.name for p in parameters(function) or () if not p.star]
    arrays = FUNCTIONS[name].arguments
    own = synonyms.arrays(arrays, known) if len(known) >= len(arrays) else {}
    first = own.get(FUNCTIONS[name].first, "").lower()
    if first == "p" or any(word in first for word in _PROBABILITIES):
        return ""
    swapped = bool(own) and known.index(own["labels"]) == 0
    return _FROM_LOGITS[name] if "logit" in first or _computes(name, call, swapped) else ""


def _computes(name: str, call: Callable[[list[Array]], Array | None], swapped: bool) -> bool:
    """True if results are those of logits, and not those of probabilities."""
    for arrays in _inputs(name):
        got = call(arrays[::-1] if swapped else arrays)
        said = {text.partition("(")[0] for text in matching(arrays, got, _ROUGHLY)}
        if said & {name, _FROM_LOGITS[name]}:
            return name not in said
    return False


def _inputs(name: str) -> Iterator[list[Array]]:
    """Probabilities with labels: of classes their indices, and rows of eye(n)."""
    if FUNCTIONS[name].rowwise:
        x = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]])
        yield from ([x, np.array([2, 1])], [x, np.eye(3)[[2, 1]]])
    else:
        yield [np.array([0.25, 0.875, 0.5]), np.array([1.0, 0.0, 0.0])]


def words(said: Mapping[str, str]) -> str:
    """What the head of a report says of them."""
    losses = {name: other for name, other in said.items() if name in FUNCTIONS}
    return "; ".join(
        f"{name} takes logits, and is {f'examined as {other}' if other else 'left out'}"
        for name, other in losses.items()
    )
