"""The arrays of a call, made anew on its device: arguments, and the options that are arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.backends import Backend, Native
from conformance.floats import Array
from conformance.kernels.arguments import argument, option_role
from conformance.kernels.layouts import Presented, Role, presented
from conformance.model import Example

_ARRAY_OPTIONS = frozenset({"weight", "pos_weight", "where", "linear_bias"})


def sent(
    example: Example, further: Mapping[str, tuple[Array, Role]], keywords: dict[str, Any],
    backend: Backend, device: str,
) -> tuple[dict[str, Presented], list[Native]]:  # fmt: skip
    """All arrays of a call by name, and the native ones that are passed by position.

    Those are the arguments of the function and `further` arrays, which have roles of their own.
    `keywords` gets the native arrays of the options.
    """
    view, arrays = example.view, {}
    given = {name: argument(example, name) for name in example.function.arguments}
    for name, (array, role) in {**given, **further}.items():
        arrays[name] = presented(array, view.of(name), role, backend, device)
    natives = [p.native for p in arrays.values()]
    for name in _ARRAY_OPTIONS.intersection(keywords):
        if keywords[name] is not None:
            arrays[name] = _option(name, np.asarray(keywords[name]), example, backend, device)
            keywords[name] = arrays[name].native
    return arrays, natives


def _option(name: str, array: Array, example: Example, backend: Backend, device: str) -> Presented:
    role, view = option_role(array, example), example.view.of(name)
    if role == "rows" and len(array) != len(example.x):  # one row for all
        view = replace(view, batch=(1,) * len(view.batch))
    return presented(array, view, role, backend, device)
