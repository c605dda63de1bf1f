"""What can be swept: a function or its derivative, as a function of one variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from conformance.floats import Array, Format
from conformance.functions import FUNCTIONS
from conformance.model import Example, Function, View
from conformance.numerics.curves import Curve

Quantity = Literal["value", "vjp"]
Shape = Literal["unary", "two"]


@dataclass(frozen=True, slots=True)
class Target:
    """One quantity of one function with all its arguments but one fixed.

    `shape`: "unary" f(x); "two" f of the two logits (x, 0). `label` is the fixed label of a loss,
    0 or 1. `curves` has one exact function of x for each entry of the result.
    """

    function: str
    quantity: Quantity
    shape: Shape
    label: int | None
    curves: tuple[Curve, ...]

    @property
    def of(self) -> Function:
        """The function in the spec."""
        return FUNCTIONS[self.function]

    @property
    def variant(self) -> str:
        """What is fixed, in words; empty for a function of one variable only."""
        words = {"unary": "", "two": "(x, 0)"}[self.shape]
        label = "" if self.label is None else f"y = {self.label}"
        return ", ".join(filter(None, (words, label)))

    @property
    def name(self) -> str:
        """The quantity as the results file names it: "value", "vjp, y = 1"."""
        return ", ".join(filter(None, (self.quantity, self.variant)))

    @property
    def probabilities(self) -> bool:
        """True for functions of a probability: only [0, 1] is their domain."""
        return self.of.probabilities

    @property
    def options(self) -> dict[str, Any]:
        """The options that it is called with."""
        return {"reduction": "none"} if self.of.reduces else {}

    @property
    def rows(self) -> bool:
        """True if the result has one entry per class."""
        return len(self.curves) == 2

    def cotangent(self, n: int, fmt: Format) -> Array:
        """Ones; (1, 0) for functions whose value is a row, whose gradient along ones is 0."""
        if self.of.by_class:
            return np.broadcast_to(np.array([1, 0], fmt.dtype), (n, 2)).copy()
        return np.ones(n, fmt.dtype)

    def labels(self, n: int, fmt: Format) -> Array | None:
        """The labels of a loss: floating for the binary ones, class indices for the others."""
        if self.label is None:
            return None
        return np.full(n, self.label, np.int64 if self.of.rowwise else fmt.dtype)

    def rows_of(self, x: Array) -> Array:
        """The inputs as the function takes them: x, or rows (x, 0)."""
        return x if self.shape == "unary" else np.stack([x, np.zeros_like(x)], axis=1)

    def arguments(self, x: Array, fmt: Format) -> dict[str, Array]:
        """The arguments by name, and the cotangent of a derivative."""
        found = {self.of.first: x}
        labels = self.labels(len(x), fmt)
        if labels is not None:
            found["labels"] = labels
        if self.quantity == "vjp":
            found["cotangent"] = self.cotangent(len(x), fmt)
        return found

    def example(self, x: Array, fmt: Format) -> Example:
        """The call for which the spec's bounds and exact values are asked."""
        view = View((len(x),))
        return Example(self.of, fmt, self.arguments(x, fmt), view, self.options, "sweep")


#: The functions that a sweep knows.
FUNCTIONS_SWEPT = tuple(name for name, function in FUNCTIONS.items() if function.curves)


def targets(function: str, quantity: Quantity) -> list[Target]:
    """The targets of one function and quantity: one per label."""
    of = FUNCTIONS[function]
    shape: Shape = "two" if of.rowwise else "unary"
    found = of.curves[quantity]
    labels: list[int | None] = [0, 1] if of.labelled else [None]
    return [
        Target(function, quantity, shape, label, curves)
        for label, curves in zip(labels, found, strict=True)
    ]
