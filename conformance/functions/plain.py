"""Plain float64 formulas, used to recognise unknown code; they judge nothing."""

from __future__ import annotations

import numpy as np

from conformance.floats import Array


def logsumexp(x: Array, axis: int) -> Array:
    """log Σe^x along an axis, which is kept with length 1."""
    return np.asarray(np.logaddexp.reduce(x, axis=axis, keepdims=True))


def picked(logs: Array, y: Array, axis: int) -> Array | None:
    """The entries that class indices name; None for other labels."""
    if y.dtype.kind != "i" or y.shape != (*logs.shape[:axis], *logs.shape[axis + 1 :]):
        return None
    return np.asarray(np.take_along_axis(logs, np.expand_dims(y, axis), axis).squeeze(axis))


def per_label(logs: Array, y: Array, axis: int) -> Array | None:
    """−log p of class indices, or −Σ q log p; None for labels that do not fit."""
    if y.dtype.kind == "f" and y.shape == logs.shape:
        return np.asarray(-(y * logs).sum(axis))
    found = picked(logs, y, axis)
    return None if found is None else -found


def entropy(x: Array, axis: int) -> Array:
    """−Σ p log p along an axis."""
    logs = x - logsumexp(x, axis)
    return np.asarray(-(np.exp(logs) * logs).sum(axis))
