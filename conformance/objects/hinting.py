"""What `--as` would say of an object with a name of its own: what small calls of it agree with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from conformance.errors import LoadError
from conformance.floats import Array
from conformance.functions import FUNCTIONS
from conformance.kernels.input_classes import plain_classes, specimen
from conformance.kernels.other_names import call_of, condition, guessed, names_of
from conformance.model import Example, Function
from conformance.objects.adapter import Adapted, adapted
from conformance.objects.calls import REDUCTIONS, parsed
from conformance.objects.libraries import backend_of
from conformance.objects.places import Place
from conformance.objects.small_calls import result

#: What two functions of the same small numbers are told apart by.
_ROUGHLY = 1e-3
#: The share of label 1 that is usual among losses with one built in.
_ALPHA = 0.25


def called(name: str, place: Place, target: Any = None) -> str:
    """What `--as` is for an object without one: its own name, if the spec has it. LoadError."""
    if name in FUNCTIONS:
        return name
    agreeing, answers = _agreeing(target) if callable(target) else ([], False)
    asked = f"{place.text}: say which function of the spec it is"
    if agreeing:
        raise LoadError(f"{asked}, such as --as '{agreeing[0]}', with which small calls agree")
    if answers:
        known = ", ".join(FUNCTIONS)
        raise LoadError(f"{asked}; small calls agree with none as it is called by itself: {known}")
    taken = names_of(target) if callable(target) else None
    if guess := guessed(name, taken):
        call = call_of(guess, taken)
        raise LoadError(f"{asked}, such as --as '{call}' if it is {condition(guess)}")
    raise LoadError(f"{asked}, if it is one of them: {', '.join(FUNCTIONS)}")


def _agreeing(target: Callable[..., Any]) -> tuple[list[str], bool]:
    """What small calls agree with, and whether any gives an array."""
    backend, answers = backend_of(target), False
    device = backend.devices()[0]
    found: list[str] = []
    for name in FUNCTIONS:
        with suppress(LoadError):
            made = adapted(target, parsed(name))
            came = ((e, result(made, e, backend, device)) for e in _examples(FUNCTIONS[name]))
            e, got = next(((e, got) for e, got in came if got is not None), (None, None))
            if e is not None and got is not None:
                answers = True
                found += _said(made, e, got)
    return found, answers


def _has_axis(function: Function) -> bool:
    return function.rowwise and not function.matrix


def _examples(function: Function) -> Iterator[Example]:
    """Matrices, of a loss with class indices or distributions as labels."""
    plain = plain_classes(function, "float32", "value", frozenset(), {})
    ranks = [c for c in plain if c.rank == 2]
    kinds = [c for c in ranks if c.batch == ranks[0].batch]
    for c in kinds if function.rowwise else kinds[::-1]:  # hard labels tell less than soft ones
        yield specimen(c, 0)


def _said(made: Adapted, e: Example, got: Array) -> Iterator[str]:
    """The calls of one function that give what the object gave."""
    f = made.said.function
    for losses, more in _values(e):
        values = losses if f.rowwise else losses.reshape(e.view.batch)
        for want, how in _reduced(values, f.reduces, "reduction" in made.accepted):
            if want.shape == got.shape and np.allclose(got, want, rtol=_ROUGHLY, atol=1e-4):
                axis = ["axis=-1"] if _has_axis(f) and "axis" not in made.accepted else []
                said = ", ".join([*axis, *more, *how])
                yield f"{f.name}({said})" if said else f.name


def _values(e: Example) -> Iterator[tuple[Array, list[str]]]:
    """The exact values, without a reduction, and with what may be built in."""
    f = e.function
    arrays = [e.array(name).astype(np.float64) for name in f.arguments]
    if f.labelled and f.rowwise:
        arrays[-1] = e.labels
    if f.matrix:
        f, arrays = FUNCTIONS["cross_entropy_with_logits"], [arrays[0] @ arrays[1].T, arrays[2]]
    value = None
    with suppress(TypeError), np.errstate(all="ignore"):  # some are told by other means
        value = f.plainly(*arrays, *([1] if f.rowwise else []))
    if value is not None:
        yield value, []
        if "alpha" in f.options:
            y = arrays[-1]
            yield value * (_ALPHA * y + (1 - _ALPHA) * (1 - y)), [f"alpha={_ALPHA}"]


def _reduced(losses: Array, reduces: bool, optional: bool) -> Iterator[tuple[Array, list[str]]]:
    """What may come back of the losses: with the mean, which nothing need be said of, first."""
    if not reduces:
        yield losses, []
        return
    yield np.asarray(losses.mean()), []
    if optional:
        return
    yield from ((np.asarray(losses.sum()), ["reduction='sum'"]), (losses, ["reduction='none'"]))
    if losses.ndim == 2:  # of vectors it gives one number
        for how in REDUCTIONS[1:]:
            yield getattr(losses, how)(axis=-1), [f"reduction='{how}'", "ndim=1"]
