"""Which function of the spec a module computes: found by comparing it on small inputs of its own.

The formulas are plain ones in float64 on ordinary numbers: they tell functions apart, and judge
nothing.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.errors import LoadError
from conformance.floats import FORMATS, Array
from conformance.functions import FUNCTIONS
from conformance.kernels.failures import first_line
from conformance.kernels.importing import quiet
from conformance.model import Function

#: No axis is longer on the inputs that are compared.
_LONGEST = 16
_REDUCTIONS = ("mean", "none", "sum")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What `--as` would say of the module, and the format of its inputs."""

    said: str
    dtype: str


def recognised(model: Callable[..., Any], give: Callable[[], Any], where: str) -> Recognised | None:
    """The function that a module computes on inputs such as `give()` returns; None if no one.

    LoadError if the inputs or the module raise.
    """
    inputs = _shapes(give, where)
    found: set[str] | None = None
    for seed in (1, 2):
        for unit in (False, True):  # ordinary numbers, probabilities
            arrays = _small(inputs, np.random.default_rng(seed), unit)
            said = set(_matching(arrays, _answer(model, arrays, inputs, where)))
            if said:
                found = said if found is None else found & said
    if not found:
        return None
    dtype = str(inputs[0].dtype).rpartition(".")[2]
    ndim = len(inputs[0].shape)
    best = min(found, key=lambda text: (len(text), text))
    joint = ", " if "(" in best else "("
    return Recognised(f"{best.rstrip(')')}{joint}ndim={ndim})", dtype if dtype in FORMATS else "")


def _shapes(give: Callable[[], Any], where: str) -> Sequence[Any]:
    """The inputs without memory, where PyTorch can: those of benchmarks have gigabytes."""
    torch: Any = sys.modules["torch"]
    try:
        with quiet(), torch.device("meta"):
            inputs = give()
    except Exception:  # what meta tensors cannot do
        try:
            with quiet():
                inputs = give()
        except Exception as error:
            said = f"{type(error).__name__}: {first_line(error)}"
            raise LoadError(f"{where}: get_inputs() raised {said}") from error
    right = isinstance(inputs, list | tuple) and inputs
    if not right or not all(isinstance(i, torch.Tensor) for i in inputs):
        raise LoadError(f"{where}: get_inputs() gives no list of tensors; say which function it is")
    return inputs


def _small(inputs: Sequence[Any], rng: np.random.Generator, unit: bool) -> list[Array]:
    """Arrays of the same ranks: equal lengths stay equal, and different ones different."""
    lengths = dict.fromkeys(n for i in inputs for n in i.shape)
    short = itertools.count(5)
    small = {n: n if n <= _LONGEST else next(short) for n in lengths}
    classes = small[inputs[0].shape[-1]] if len(inputs[0].shape) else 1
    if len(inputs[0].shape) > 2:  # PyTorch's classes of images
        classes = small[inputs[0].shape[1]]
    return [_filled(i, tuple(small[n] for n in i.shape), classes, rng, unit) for i in inputs]


def _filled(like: Any, shape: tuple[int, ...], classes: int, rng: Any, unit: bool) -> Array:
    if not like.dtype.is_floating_point:
        return np.asarray(rng.integers(0, classes, shape))
    return np.asarray(rng.uniform(0.05, 0.95, shape) if unit else rng.normal(0, 2, shape))


def _answer(
    model: Callable[..., Any], arrays: Sequence[Array], like: Sequence[Any], where: str
) -> Array | None:
    """What the module makes of the arrays; None if it is no array or the arrays are not for it."""
    torch: Any = sys.modules["torch"]
    given = [torch.from_numpy(a.copy()).to(i.dtype) for a, i in zip(arrays, like, strict=True)]
    try:
        with quiet(), torch.no_grad():
            out = model(*given)
    except Exception:  # labels below 0 for a binary loss, weights of the real shape
        return None
    return np.asarray(out.double().cpu().numpy()) if isinstance(out, torch.Tensor) else None


def _matching(arrays: Sequence[Array], got: Array | None) -> Iterator[str]:
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
            and np.allclose(got, want, rtol=1e-3, atol=1e-4)
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
