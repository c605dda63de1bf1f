"""Losses from logits under the name of those from probabilities, as PyTorch and many files have it.

The name of the first parameter tells, or, where it does not, two small calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from conformance.backends import Backend
from conformance.errors import LoadError
from conformance.floats import FORMATS, Array
from conformance.functions import FUNCTIONS
from conformance.kernels.parameters import parameters
from conformance.model import Implementation
from conformance.objects import synonyms
from conformance.objects.recognising import answer, matching

#: The loss from probabilities -> the one from logits.
_FROM_LOGITS = {name: other for name in FUNCTIONS if (other := f"{name}_with_logits") in FUNCTIONS}
#: The function from logarithms whose name others give to one of probabilities.
_DIVERGENCE = "kl_div"
_PROBABILITIES = ("prob", "prediction")
#: What two losses of the same numbers are told apart by, in 16 bits too.
_ROUGHLY = 0.02


def meant(found: Implementation) -> dict[str, str]:
    """The names of a file that mean another function of the spec -> that function, or its gradient.

    A second definition of what the file has by its own name means nothing: "".
    """
    said: dict[str, str] = {}
    for name in found.functions:
        if of_probabilities(name, found.functions[name], found.backend):
            said |= {name: "", f"{name}_vjp": ""}
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


def of_probabilities(name: str, function: Callable[..., Any], backend: Backend) -> bool:
    """True if what is named as the divergence from logarithms is one of two probabilities.

    SciPy's kl_div is x·log(x/y) − x + y, and others leave out −x + y; one small call tells.
    """
    if name != _DIVERGENCE:
        return False
    p, q = np.array([[0.25, 0.5, 0.125], [0.5, 0.125, 0.75]], np.float32)
    got = answer(backend, function, [p, q], backend.devices()[0])
    wants = [want for x, y in ((p, q), (q, p)) for want in _divergences(x, y)]
    each = [form for want in wants for form in (want, want.sum(), want.mean())]
    return got is not None and any(
        np.shape(want) == got.shape and np.allclose(got, want, rtol=_ROUGHLY / 4) for want in each
    )


def _divergences(p: Array, q: Array) -> tuple[Array, Array]:
    log_ratio = p * np.log(p / q)
    return log_ratio, log_ratio - p + q


def words(said: Mapping[str, str]) -> str:
    """What the head of a report says of them."""
    losses = {name: other for name, other in said.items() if name in FUNCTIONS}
    return "; ".join(
        f"{name} takes {'two probabilities' if name == _DIVERGENCE else 'logits'}, and is "
        f"{f'examined as {other}' if other else 'left out'}"
        for name, other in losses.items()
    )


def why_left_out(name: str) -> str:
    """Why a function of the file is not examined that means another than its name says."""
    if name == _DIVERGENCE:
        return f"takes two probabilities, and {_DIVERGENCE} of the spec log-probabilities"
    return f"takes logits, and the file has {_FROM_LOGITS[name]} too"


def other_divergence(where: str) -> LoadError:
    """What to say of a function that alone is there, and is of two probabilities."""
    return LoadError(
        f"{where}: it is a divergence of two probabilities, and {_DIVERGENCE} of the spec is of "
        "log-probabilities and labels: write a function of those that calls it, as "
        "def kl_div(log_probs, labels): return THEIRS(labels, exp(log_probs))"
    )
