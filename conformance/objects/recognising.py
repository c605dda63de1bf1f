"""Which function of the spec a module computes: found by comparing it on small inputs of its own.

The formulas are plain ones in float64 on ordinary numbers: they tell functions apart, and judge
nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.backends import Backend
from conformance.errors import LoadError
from conformance.floats import FORMATS, Array
from conformance.functions import FUNCTIONS
from conformance.kernels.failures import first_line
from conformance.kernels.importing import quiet
from conformance.model import Function
from conformance.objects.libraries import backend_of
from conformance.objects.small_calls import unnoticed

#: No axis is longer on the inputs that are compared.
_LONGEST = 16
_REDUCTIONS = ("mean", "none", "sum")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What `--as` would say of the module, and the format and shape of its first input."""

    said: str
    dtype: str
    shape: tuple[int, ...] | None


def recognised(model: Callable[..., Any], give: Callable[[], Any], where: str) -> Recognised | None:
    """The function that a module computes on inputs such as `give()` returns; None if no one.

    LoadError if the inputs or the module raise.
    """
    backend = backend_of(model)
    inputs = _shapes(backend, give, where)
    found: set[str] | None = None
    for seed in (1, 2):
        for unit in (False, True):  # ordinary numbers, probabilities
            arrays = _small(inputs, np.random.default_rng(seed), unit)
            given = [a.astype(_host_dtype(i)) for a, i in zip(arrays, inputs, strict=True)]
            said = set(matching(arrays, answer(backend, model, given)))
            if said:
                found = said if found is None else found & said
    if not found:
        return None
    dtype = _dtype(inputs[0])
    shape = tuple(inputs[0].shape)
    best = min(found, key=lambda text: (len(text), text))
    joint = ", " if "(" in best else "("
    return Recognised(
        f"{best.rstrip(')')}{joint}ndim={len(shape)})",
        dtype if dtype in FORMATS else "",
        shape or None,
    )


def _shapes(backend: Backend, give: Callable[[], Any], where: str) -> Sequence[Any]:
    """The inputs without memory, where that can be: those of benchmarks have gigabytes."""
    try:
        with quiet(), getattr(backend, "without_memory", nullcontext)():
            inputs = give()
    except Exception:  # what arrays without memory cannot do
        try:
            with quiet():
                inputs = give()
        except Exception as error:
            said = f"{type(error).__name__}: {first_line(error)}"
            raise LoadError(f"{where}: get_inputs() raised {said}") from error
    right = isinstance(inputs, list | tuple) and inputs
    if not right or not all(map(backend.is_array, inputs)):
        raise LoadError(f"{where}: get_inputs() gives no list of arrays; say which function it is")
    return inputs


def _small(inputs: Sequence[Any], rng: np.random.Generator, unit: bool) -> list[Array]:
    """Arrays of the same ranks: equal lengths stay equal, and different ones different."""
    lengths = dict.fromkeys(n for i in inputs for n in i.shape)
    short = itertools.count(5)
    small = {n: n if n <= _LONGEST else next(short) for n in lengths}
    classes = small[inputs[0].shape[-1]] if len(inputs[0].shape) else 1
    if len(inputs[0].shape) > 2:  # the classes of images
        classes = small[inputs[0].shape[1]]
    return [_filled(i, tuple(small[n] for n in i.shape), classes, rng, unit) for i in inputs]


def _filled(like: Any, shape: tuple[int, ...], classes: int, rng: Any, unit: bool) -> Array:
    if _dtype(like) not in FORMATS:
        return np.asarray(rng.integers(0, classes, shape))
    return np.asarray(rng.uniform(0.05, 0.95, shape) if unit else rng.normal(0, 2, shape))


def _dtype(array: Any) -> str:
    return str(array.dtype).rpartition(".")[2]


def answer(
    backend: Backend, model: Callable[..., Any], arrays: Sequence[Array], device: str = "cpu"
) -> Array | None:
    """What a module makes of the arrays; None if it is no array or the arrays are not for it."""
    try:
        with unnoticed(), backend.scope(device):
            out = model(*(backend.array(a, device) for a in arrays))
            return np.asarray(backend.host(out), np.float64)
    except Exception:  # labels below 0 for a binary loss, weights of the real shape
        return None


def _host_dtype(array: Any) -> Any:
    name = _dtype(array)
    return FORMATS[name].dtype if name in FORMATS else np.dtype(name)


def matching(arrays: Sequence[Array], got: Array | None, rtol: float = 1e-3) -> Iterator[str]:
    """The calls of the spec that give what the module gave."""
    if got is None:
        return
    candidates: Iterator[tuple[str, Array | None]]
    candidates = _unary(arrays[0]) if len(arrays) == 1 else _losses(*arrays[:2])
    if len(arrays) > 2:
        return
    for said, want in candidates:
        if (
            want is not None
            and want.shape == got.shape
            and np.allclose(got, want, rtol=rtol, atol=1e-4)
        ):
            yield said


def _unary(x: Array) -> Iterator[tuple[str, Array | None]]:
    for f in FUNCTIONS.values():
        if not f.labelled and not f.rowwise:
            yield f.name, f.plainly(x)
        elif not f.labelled:
            yield from ((f"{f.name}(axis={axis})", f.plainly(x, axis)) for axis in range(x.ndim))


def _losses(x: Array, y: Array) -> Iterator[tuple[str, Array | None]]:
    with np.errstate(all="ignore"):
        for f, said, losses in _unreduced(x, y):
            if not f.reduces:
                yield said, losses
                continue
            joint = ", " if "(" in said else "("
            for how in _REDUCTIONS:
                value = losses if how == "none" else np.asarray(getattr(losses, how)())
                yield f"{said.rstrip(')')}{joint}reduction='{how}')", value


def _unreduced(x: Array, y: Array) -> Iterator[tuple[Function, str, Array]]:
    axis = 1 if x.ndim > 1 else 0
    for f in FUNCTIONS.values():
        if f.labelled:
            said = f"{f.name}(axis={axis})" if f.rowwise else f.name
            losses = f.plainly(x, y, axis) if f.rowwise else f.plainly(x, y)
            if losses is not None:
                yield f, said, losses
