"""How an example is passed: the role of each array, and the options that a file is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.kernels.layouts import Role, shape_of
from conformance.model import Example, Function

#: What a call without the option means: an option with this value need not be passed.
DEFAULTS: dict[str, Any] = {
    "reduction": "mean",
    "weight": None,
    "pos_weight": None,
    "linear_bias": None,
    "ignore_index": None,
    "label_smoothing": 0.0,
    "where": None,
    "log_target": False,
    "temperature": 1.0,
    "alpha": None,
    "gamma": 2.0,
    "softcap": None,
    "z_loss": 0.0,
    "keepdims": False,
}


def result_role(function: Function, options: Mapping[str, Any]) -> Role:
    """How the value of a function is presented."""
    if function.reduces and options.get("reduction", "mean") != "none":
        return "whole"
    if options.get("keepdims"):
        return "kept"
    return "rows" if function.by_class else "batch"


def argument_role(array: Array, function: Function, name: str = "") -> Role:
    """How an argument is presented: only arrays with a class axis have two canonical axes."""
    if array.ndim == 0 or (name and name == function.matrix):
        return "whole"
    return "rows" if function.rowwise and array.ndim == 2 else "batch"


def argument(example: Example, name: str) -> tuple[Array, Role]:
    """An array argument by name, and how it is presented."""
    array = example.array(name)
    return array, argument_role(array, example.function, name)


def place(example: Example, name: str) -> tuple[Role, tuple[int, ...]]:
    """How an argument, and a gradient for it, is presented, and the shape that it has then."""
    array, role = argument(example, name)
    whole = role == "whole"
    return role, array.shape if whole else shape_of(example.view, role, array.shape[-1])


def option_role(array: Array, example: Example) -> Role:
    """How an option is presented: weights and masks of each element as those are, others as given.

    A mask (R, n), (R, 1) or (1, n) has the axes of the rows.
    """
    each = not example.function.rowwise and array.ndim == 1 and len(array) == len(example.x)
    return "batch" if each else "rows" if array.ndim == 2 else "whole"


def check_mappable(example: Example) -> None:
    """Unsupported if the leading axis is no batch axis that `vmap` can map over."""
    function, view = example.function, example.view
    if function.matrix:
        raise Unsupported(f"vmap maps rows, and {function.matrix} is shared by all rows")
    if result_role(function, example.options) == "whole":
        raise Unsupported("vmap maps losses with reduction='none' only")
    if not view.batch or (function.rowwise and view.axis in (0, -len(view.batch) - 1)):
        raise Unsupported("vmap needs a batch axis before the class axis")


def constant(built_in: Mapping[str, Any]) -> dict[str, Any]:
    """The options that have one value, without what is said of the arrays' axes and sizes."""
    return {k: v for k, v in built_in.items() if k not in ("axis", "ndim", "shape")}


def keywords_for(
    example: Example, accepted: frozenset[str], built_in: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The options to pass; Unsupported if the file lacks one that matters here."""
    name, view = example.function.name, example.view
    meant = DEFAULTS | dict(built_in) if built_in else DEFAULTS
    passed = {}
    for option in {**example.options, **constant(built_in)} if built_in else example.options:
        if option == example.function.matrix:
            continue
        value = example.options.get(option, DEFAULTS[option])
        if option in accepted:
            passed[option] = value
        elif isinstance(value, np.ndarray) or value != meant[option]:
            raise Unsupported(_one_value(name, option, built_in))
    if example.function.rowwise:
        rank = len(view.batch) + 1
        axis = meant.get("axis", -1)
        if "axis" in accepted and view.axis_given:
            passed["axis"] = view.axis
        elif not -rank <= axis < rank or (view.axis - axis) % rank:
            raise Unsupported(_one_value(name, "axis", built_in))
    return passed


def _one_value(name: str, option: str, built_in: Mapping[str, Any] | None) -> str:
    if option in (built_in or {}):
        return f"{name} has {option}={(built_in or {})[option]!r} built in"
    return f"{name} takes no option {option!r}"
