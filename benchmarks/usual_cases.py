"""The samples of today's usual checks, and what is expected of them: PyTorch in float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.nn import functional

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Case:
    """The arguments of one call."""

    arrays: tuple[Array, ...]
    options: dict[str, Any] = field(default_factory=dict)


def drawn(
    function: str, accepted: frozenset[str], x: Array, rng: np.random.Generator
) -> list[Case]:
    """Calls with samples x of shape (rows, classes): each axis and each option once."""
    if function in ("sigmoid", "log_sigmoid"):
        return [Case((x,))]
    if function in ("softmax", "log_softmax", "logsumexp"):
        return [Case((x,)), *(Case((x,), {"axis": axis}) for axis in (0, 1) if "axis" in accepted)]
    losses = _binary if function.startswith("binary") else _classes
    first = x
    if not function.endswith("logits"):
        first = _sigmoid(x) if function.startswith("binary") else _softmax(x)
    return [case for case in losses(first, rng) if accepted.issuperset(case.options)]


def _sigmoid(x: Array) -> Array:
    return np.asarray(torch.sigmoid(torch.from_numpy(x)).numpy())


def _softmax(x: Array) -> Array:
    return np.asarray(torch.softmax(torch.from_numpy(x), -1).numpy())


def _binary(x: Array, rng: np.random.Generator) -> Iterator[Case]:
    y, weight, pos_weight = rng.random(x.shape), rng.random(x.shape), rng.random(x.shape) + 0.5
    yield Case((x, y))
    for reduction in ("none", "mean", "sum"):
        yield Case((x, np.round(y)), {"reduction": reduction})
        yield Case((x, y), {"reduction": reduction, "weight": weight})
        yield Case((x, y), {"reduction": reduction, "pos_weight": pos_weight})


def _classes(x: Array, rng: np.random.Generator) -> Iterator[Case]:
    rows, classes = x.shape
    index, weight = rng.integers(0, classes, rows), rng.random(classes) + 0.5
    yield Case((x, index))
    yield Case((x.T.copy(), index), {"axis": 0})
    for reduction in ("none", "mean", "sum"):
        reduced = {"reduction": reduction}
        yield Case((x, index), reduced)
        yield Case((x, _softmax(rng.normal(size=x.shape))), reduced)
        yield Case((x, index), {**reduced, "weight": weight})
        yield Case((x, index), {**reduced, "ignore_index": int(index[0])})
        yield Case((x, index), {**reduced, "label_smoothing": 0.1})
        yield Case((x, index), {**reduced, "weight": weight, "ignore_index": int(index[-1])})


def fixed(function: str, accepted: frozenset[str]) -> list[Case]:
    """The inputs of the ONNX backend tests; of the same kind where ONNX has no such operator."""
    return [case for case in _onnx(function) if accepted.issuperset(case.options)]


def _onnx(function: str) -> list[Case]:
    """The operators; Softplus for log_sigmoid(x) = -softplus(-x)."""
    rng = np.random.default_rng(0)
    if function in ("sigmoid", "log_sigmoid"):
        return [Case((np.array([-1.0, 0, 1]),)), Case((rng.normal(size=(3, 4, 5)),))]
    if function in ("softmax", "log_softmax"):
        return _softmaxes(rng)
    if function == "logsumexp":
        data = np.array([[[5.0, 1], [20, 2]], [[30, 1], [40, 2]], [[55, 1], [60, 2]]])
        chosen = (data, rng.uniform(-10, 10, (3, 2, 2)))
        return [Case((x,), {"axis": axis}) for x in chosen for axis in (1, -1)]
    if function.startswith("binary"):
        return list(_binary(rng.random((3, 5)), rng))
    return list(_onnx_losses(function, rng))


def _softmaxes(rng: np.random.Generator) -> list[Case]:
    large = np.array([[0.0, 1, 2, 3], [10000, 10001, 10002, 10003]])
    x = np.abs(rng.normal(size=(3, 4, 5)))
    cases = [Case((np.array([[-1.0, 0, 1]]),)), Case((large,)), Case((x,))]
    return cases + [Case((x,), {"axis": axis}) for axis in (0, 1, 2, -1)]


def _onnx_losses(function: str, rng: np.random.Generator) -> Iterator[Case]:
    for shape in ((3, 5), (3, 5, 2), (3, 5, 2, 2)):
        x = rng.random(shape)
        if not function.endswith("logits"):
            x = x / x.sum(1, keepdims=True)
        index = rng.integers(0, 5, shape[:1] + shape[2:])
        weight = np.array([0.9, 0.7, 0.8, 0.9, 0.9])
        axis = {} if len(shape) == 2 else {"axis": 1}
        for reduction in ("none", "mean", "sum"):
            yield Case((x, index), {**axis, "reduction": reduction})
        yield Case((x, index), {**axis, "weight": weight})
        yield Case((x, index), {**axis, "ignore_index": int(index.flat[0])})
        yield Case((x, index), {**axis, "weight": weight, "ignore_index": int(index.flat[0])})


def expected(function: str, case: Case) -> Callable[[torch.Tensor], torch.Tensor]:
    """The function of the first argument as PyTorch has it, in float64."""
    rest = [_tensor(a) for a in case.arrays[1:]]
    options = {k: _tensor(v) if isinstance(v, np.ndarray) else v for k, v in case.options.items()}
    return lambda x: _REFERENCES[function](x, *rest, **options)


def _tensor(a: Array) -> torch.Tensor:
    return torch.from_numpy(a.astype(np.float64 if a.dtype.kind in "fV" else np.int64))


def _cross_entropy(
    log_p: torch.Tensor, labels: torch.Tensor, axis: int, reduction: str, ignore_index: int = -100,
    weight: torch.Tensor | None = None, label_smoothing: float = 0.0,
) -> torch.Tensor:  # fmt: skip
    """Logits or log-probabilities: log_softmax changes nothing in the latter."""
    moved = torch.movedim(log_p, axis, 1) if log_p.ndim > 1 else log_p
    if labels.is_floating_point() and labels.ndim > 1:
        labels = torch.movedim(labels, axis, 1)
    return functional.cross_entropy(
        moved, labels, weight, reduction=reduction, ignore_index=ignore_index,
        label_smoothing=label_smoothing,
    )  # fmt: skip


def _of_probabilities(
    p: torch.Tensor, labels: torch.Tensor, axis: int = -1, reduction: str = "mean"
) -> torch.Tensor:
    """-log p[y] or -Σ q log p: the rows of p are not normalised again."""
    moved = torch.movedim(p, axis, 1).log()
    if not labels.is_floating_point():
        return functional.nll_loss(moved, labels, reduction=reduction)
    loss = -(torch.movedim(labels, axis, 1) * moved).sum(1)
    return {"none": loss, "mean": loss.mean(), "sum": loss.sum()}[reduction]


def _with_logits(
    x: torch.Tensor, labels: torch.Tensor, axis: int = -1, reduction: str = "mean", **options: Any
) -> torch.Tensor:
    return _cross_entropy(x, labels, axis, reduction, **options)


_REFERENCES: dict[str, Callable[..., torch.Tensor]] = {
    "sigmoid": torch.sigmoid,
    "log_sigmoid": functional.logsigmoid,
    "softmax": lambda x, axis=-1: torch.softmax(x, axis),
    "log_softmax": lambda x, axis=-1: torch.log_softmax(x, axis),
    "logsumexp": lambda x, axis=-1: torch.logsumexp(x, axis),
    "binary_cross_entropy": functional.binary_cross_entropy,
    "binary_cross_entropy_with_logits": functional.binary_cross_entropy_with_logits,
    "cross_entropy": _of_probabilities,
    "cross_entropy_with_logits": _with_logits,
}
