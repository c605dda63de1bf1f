"""Losses from logits under the name of those from probabilities, as PyTorch and many files have it.

The name of the first parameter tells, or, where it does not, two small calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from conformance.backends import Backend
from conformance.floats import FORMATS, Array
from conformance.functions import FUNCTIONS
from conformance.kernels.importing import quiet
from conformance.model import Implementation
from conformance.objects import synonyms
from conformance.objects.parameters import parameters

#: The loss from probabilities -> the one from logits.
_FROM_LOGITS = {name: other for name in FUNCTIONS if (other := f"{name}_with_logits") in FUNCTIONS}
_PROBABILITIES = ("prob", "prediction")


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
    known = [p.name for p in parameters(function) or () if not p.star]
    arrays = FUNCTIONS[name].arguments
    own = synonyms.arrays(arrays, known) if len(known) >= len(arrays) else {}
    first = own.get(FUNCTIONS[name].first, "").lower()
    if first == "p" or any(word in first for word in _PROBABILITIES):
        return ""
    swapped = bool(own) and known.index(own["labels"]) == 0
    called = partial(_answer, function, backend, swapped)
    return _FROM_LOGITS[name] if "logit" in first or _computes(called, name, dtype) else ""


def _computes(called: Callable[..., Array | None], name: str, dtype: str) -> bool:
    """True if results are those of logits, and not those of probabilities."""
    floating = FORMATS[dtype].dtype
    for x, labels in _inputs(name):
        got = called(x.astype(floating), labels.astype(floating if labels.dtype != int else int))
        mine, other = (_agrees(got, f, x, labels) for f in (name, _FROM_LOGITS[name]))
        if mine or other:
            return other
    return False


def _inputs(name: str) -> Iterator[tuple[Array, Array]]:
    """Probabilities with labels: of classes their indices, and rows of eye(n)."""
    if FUNCTIONS[name].rowwise:
        x = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]])
        yield x, np.array([2, 1])
        yield x, np.eye(3)[[2, 1]]
    else:
        yield np.array([0.25, 0.875, 0.5]), np.array([1.0, 0.0, 0.0])


def _answer(
    function: Callable[..., Any], backend: Backend, swapped: bool, *arrays: Array
) -> Array | None:
    """A result on the host; None if the function does not take what it is given."""
    device = backend.devices()[0]
    try:
        with quiet(), backend.scope(device):
            natives = [backend.array(a, device) for a in arrays]
            out = function(*(natives[::-1] if swapped else natives))
            return np.asarray(backend.host(out), np.float64)
    except Exception:  # another kind of labels, a format or a shape that it does not take
        return None


def _agrees(got: Array | None, name: str, x: Array, labels: Array) -> bool:
    """True if a result is the losses of a function, their mean or their sum."""
    f = FUNCTIONS[name]
    losses = f.plainly(x, labels, 1) if f.rowwise else f.plainly(x, labels)
    if got is None or losses is None:
        return False
    each = (losses, losses.mean(), losses.sum())
    return any(got.shape == want.shape and np.allclose(got, want, 0.02) for want in each)


def words(said: Mapping[str, str]) -> str:
    """What the head of a report says of them."""
    losses = {name: other for name, other in said.items() if name in FUNCTIONS}
    return "; ".join(
        f"{name} takes logits, and is {f'examined as {other}' if other else 'left out'}"
        for name, other in losses.items()
    )
